"""One python-socketio client, told on its standard input what to do, telling on its standard output what it hears; a
JSON object a line, both ways. Its arguments: sync or async, and {"url": ..., "namespace": ..., "options": {...}}."""

import asyncio
import json
import sys
import threading
import time

import socketio

KIND = sys.argv[1]
CONFIG = json.loads(sys.argv[2])
NAMESPACE = CONFIG["namespace"]
SAYING = threading.Lock()


def say(event, *args):
    with SAYING:
        print(json.dumps({"event": event, "args": args, "at": int(time.time() * 1000)}), flush=True)


def run():
    client = socketio.Client()
    client.on("connect", lambda: (say("transport", client.transport()), say("connect")), namespace=NAMESPACE)
    client.on("disconnect", lambda: say("disconnect", ""), namespace=NAMESPACE)
    client.on("connect_error", lambda error=None: say("connect_error", error), namespace=NAMESPACE)
    client.on("*", say, namespace=NAMESPACE)
    try:
        client.connect(CONFIG["url"], namespaces=[NAMESPACE], **CONFIG["options"])
    except socketio.exceptions.ConnectionError as e:
        say("failed", str(e))
    for line in sys.stdin:
        order = json.loads(line)
        if "emit" in order:
            ack = (lambda *answer: say("ack", *answer)) if order.get("ack") else None
            client.emit(order["emit"], tuple(order["args"]), namespace=NAMESPACE, callback=ack)
        else:
            client.disconnect()
    client.disconnect()


async def run_async():
    client = socketio.AsyncClient()

    async def on_connect():
        say("transport", client.transport())
        say("connect")

    async def on_disconnect():
        say("disconnect", "")

    async def on_error(error=None):
        say("connect_error", error)

    async def on_any(event, *args):
        say(event, *args)

    client.on("connect", on_connect, namespace=NAMESPACE)
    client.on("disconnect", on_disconnect, namespace=NAMESPACE)
    client.on("connect_error", on_error, namespace=NAMESPACE)
    client.on("*", on_any, namespace=NAMESPACE)
    try:
        await client.connect(CONFIG["url"], namespaces=[NAMESPACE], **CONFIG["options"])
    except socketio.exceptions.ConnectionError as e:
        say("failed", str(e))
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    while line := await lines.readline():
        order = json.loads(line)
        if "emit" in order:
            ack = (lambda *answer: say("ack", *answer)) if order.get("ack") else None
            await client.emit(order["emit"], tuple(order["args"]), namespace=NAMESPACE, callback=ack)
        else:
            await client.disconnect()
    await client.disconnect()


if KIND == "async":
    asyncio.run(run_async())
else:
    run()
