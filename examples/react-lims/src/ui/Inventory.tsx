import { type ReactNode, useMemo, useState } from 'react';
import { useResource } from '../sync/hooks';
import type { Chemical, InventoryItem, Location } from '../sync/protocol';
import type { Mark } from '../sync/rows';
import { formatNumber } from './describe';
import { Quantity } from './Quantity';

interface Line {
  readonly id: string;
  readonly item: InventoryItem;
  readonly chemical: Chemical | undefined;
  readonly location: Location | undefined;
  readonly mark: Mark | undefined;
}

/** The inventory as it is now, with what just changed marked. */
export function Inventory() {
  const inventory = useResource('inventory');
  const chemicals = useResource('chemicals');
  const locations = useResource('locations');
  const [search, setSearch] = useState('');

  const lines = useMemo(
    () =>
      Array.from(inventory.rows ?? [], ([id, item]): Line => ({
        id,
        item,
        chemical: chemicals.rows?.get(String(item.chemical_id)),
        location: locations.rows?.get(String(item.location_id)),
        mark: inventory.marks.get(id),
      })),
    [inventory.rows, inventory.marks, chemicals.rows, locations.rows],
  );
  const shown = useMemo(
    () => lines.filter((line) => matches(line, search)).sort(byName),
    [lines, search],
  );

  return (
    <section className="card inventory" aria-labelledby="inventory">
      <div className="heading">
        <h1 id="inventory">Inventory</h1>
        {inventory.rows && (
          <span className="quiet" role="status">
            {shown.length === lines.length ? '' : `${formatNumber(shown.length)} of `}
            {formatNumber(lines.length)} {lines.length === 1 ? 'item' : 'items'}
            {inventory.status === 'off' && ' · not kept up to date'}
          </span>
        )}
        <span className="spring" />
        <input
          type="search"
          aria-label="Find in the inventory"
          placeholder="Find…"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </div>
      <div className="scroll" tabIndex={0} role="region" aria-label="Items in stock">
        <table aria-busy={!inventory.rows}>
          <thead>
            <tr>
              <th scope="col">Chemical</th>
              <th scope="col">Location</th>
              <th scope="col" className="number">
                Quantity
              </th>
              <th scope="col">Batch</th>
              <th scope="col">Expires</th>
            </tr>
          </thead>
          <tbody>
            {!inventory.rows && inventory.status !== 'refused' && <Loading />}
            {shown.map((line) => (
              <ItemRow key={line.id} line={line} />
            ))}
          </tbody>
        </table>
        {inventory.status === 'refused' && <p className="empty">{inventory.message}</p>}
        {inventory.rows && shown.length === 0 && (
          <p className="empty">
            {lines.length === 0 ? (
              <>
                <strong>Nothing is in stock.</strong> What is added appears here by itself.
              </>
            ) : (
              <>
                <strong>Nothing matches “{search}”.</strong> Look for a chemical, a CAS number, a
                location or a batch.
              </>
            )}
          </p>
        )}
      </div>
    </section>
  );
}

function matches({ item, chemical, location }: Line, search: string): boolean {
  const wanted = search.trim().toLocaleLowerCase();
  return [chemical?.name, chemical?.cas_number, location?.name, item.batch_number].some((text) =>
    (text ?? '').toLocaleLowerCase().includes(wanted),
  );
}

function byName(a: Line, b: Line): number {
  const [nameA, nameB] = [a, b].map(({ chemical }) => chemical?.name ?? '');
  return (nameA ?? '').localeCompare(nameB ?? '') || a.item.id - b.item.id;
}

function ItemRow({ line: { item, chemical, location, mark } }: { line: Line }) {
  const name = chemical?.name ?? `Chemical ${item.chemical_id}`;
  return (
    <tr data-id={item.id}>
      <Cell mark={mark} fields={['chemical_id']}>
        <span className="name">{name}</span>
        <span className="quiet">{chemical?.cas_number}</span>
      </Cell>
      <Cell mark={mark} fields={['location_id']}>
        {location?.name ?? `Location ${item.location_id}`}
      </Cell>
      <Cell mark={mark} fields={['quantity', 'unit']} className="number">
        <Quantity item={item} name={name} />
      </Cell>
      <Cell mark={mark} fields={['batch_number']} className="batch">
        {item.batch_number ?? '–'}
      </Cell>
      <Cell mark={mark} fields={['expiration_date']}>
        <Expiry date={item.expiration_date} />
      </Cell>
    </tr>
  );
}

interface CellProps {
  readonly mark: Mark | undefined;
  readonly fields: readonly string[];
  readonly className?: string;
  readonly children: ReactNode;
}

/** Lights up for a while when one of its fields has changed. */
function Cell({ mark, fields, className = '', children }: CellProps) {
  const changed = mark && fields.some((field) => mark.fields.has(field));
  return (
    <td className={className}>
      {changed && <Changed key={mark.number} time={mark.time} />}
      {children}
    </td>
  );
}

/** The light itself, which goes out in time also if it is shown only later, after a search. */
function Changed({ time }: { time: number }) {
  const [delay] = useState(() => time - Date.now());
  const [out, setOut] = useState(false);
  return out ? null : (
    <span
      className="changed"
      style={{ animationDelay: `${delay}ms` }}
      onAnimationEnd={() => setOut(true)}
      aria-hidden="true"
    />
  );
}

function Expiry({ date }: { date: string | null }) {
  if (date === null) {
    return '–';
  }
  const day = new Date(date);
  const over = day.getTime() < Date.now();
  return (
    <>
      <time dateTime={date}>{day.toLocaleDateString(undefined, { dateStyle: 'medium' })}</time>
      {over && <span className="warn">expired</span>}
    </>
  );
}

function Loading() {
  return Array.from({ length: 6 }, (_, row) => (
    <tr key={row} className="loading" aria-hidden="true">
      {Array.from({ length: 5 }, (_, cell) => (
        <td key={cell}>
          <span />
        </td>
      ))}
    </tr>
  ));
}
