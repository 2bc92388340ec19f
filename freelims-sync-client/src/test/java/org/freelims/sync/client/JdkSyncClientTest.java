package org.freelims.sync.client;

import org.freelims.sync.client.transport.ClientTransport;

class JdkSyncClientTest extends SyncClientContract {
    @Override
    protected ClientTransport transport() {
        return ClientTransport.jdk();
    }
}
