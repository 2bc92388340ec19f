import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react';
import { putQuantity } from '../rest';
import { useSync } from '../sync/hooks';
import type { InventoryItem } from '../sync/protocol';
import { formatNumber } from './describe';
import { useToken } from './token';

interface Props {
  readonly item: InventoryItem;
  readonly name: string;
}

/** A quantity that can be changed where it stands. */
export function Quantity({ item, name }: Props) {
  const [editing, setEditing] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const amount = `${formatNumber(item.quantity)} ${item.unit}`;

  function close() {
    setEditing(false);
    requestAnimationFrame(() => button.current?.focus());
  }

  return editing ? (
    <Editor item={item} name={name} onClose={close} />
  ) : (
    <button
      ref={button}
      className="quantity"
      aria-label={`${name}: ${amount}. Change the quantity`}
      onClick={() => setEditing(true)}
    >
      {formatNumber(item.quantity)} <span className="unit">{item.unit}</span>
    </button>
  );
}

function Editor({ item, name, onClose }: Props & { readonly onClose: () => void }) {
  const { write } = useSync();
  const token = useToken();
  const [begunWith] = useState(item.quantity);
  const [text, setText] = useState(String(item.quantity));
  const save = useMutation({
    mutationFn: (quantity: number) =>
      write('inventory', String(item.id), () => putQuantity(token, item.id, quantity)),
    onSuccess: onClose,
  });
  const problem = save.error?.message;
  const overtaken = item.quantity !== begunWith && !save.isPending;
  const hint = `quantity-hint-${item.id}`;

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate(Number(text));
  }

  function keyDown(event: KeyboardEvent) {
    if (event.key === 'Escape') {
      onClose();
    }
  }

  return (
    <form className="edit" onSubmit={submit} onKeyDown={keyDown}>
      <span>
        <input
          type="number"
          inputMode="decimal"
          min="0"
          step="any"
          required
          autoFocus
          aria-label={`Quantity of ${name} in ${item.unit}`}
          aria-describedby={hint}
          value={text}
          onFocus={(event) => event.target.select()}
          onChange={(event) => setText(event.target.value)}
        />
        <span className="unit">{item.unit}</span>
      </span>
      <span>
        <button className="primary" disabled={save.isPending}>
          Save
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </span>
      <span id={hint} role="alert" className={problem ? 'error' : 'quiet'}>
        {problem ??
          (overtaken &&
            `Changed meanwhile: ${formatNumber(item.quantity)} ${item.unit}`)}
      </span>
    </form>
  );
}
