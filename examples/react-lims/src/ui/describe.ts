import type { QueryClient } from '@tanstack/react-query';
import type { Resource, Row } from '../sync/protocol';
import type { ResourceData } from '../sync/rows';
import { resourceKey, type SeenChange } from '../sync/SyncProvider';

export const RESOURCE_NAMES: Record<Resource, string> = {
  inventory: 'Inventory',
  chemicals: 'Chemicals',
  locations: 'Locations',
  experiments: 'Experiments',
  samples: 'Samples',
  tests: 'Tests',
  users: 'Users',
};

const SINGULAR: Record<Resource, string> = {
  inventory: 'Item',
  chemicals: 'Chemical',
  locations: 'Location',
  experiments: 'Experiment',
  samples: 'Sample',
  tests: 'Test',
  users: 'User',
};

const VERBS = { create: 'added', update: 'changed', delete: 'removed' } as const;

export interface Description {
  readonly who: string;
  readonly did: string;
  readonly what: string;
  readonly how: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Says in words what changed, with the names that other subscriptions know. */
export function describe(change: SeenChange, queryClient: QueryClient): Description {
  const row = change.after ?? change.before;
  return {
    who: who(change, queryClient),
    did: VERBS[change.action],
    what: row ? nameOf(change.resource, row, queryClient) : `${SINGULAR[change.resource]} ${change.id}`,
    how: how(change, queryClient),
  };
}

function who({ actor, own }: SeenChange, queryClient: QueryClient): string {
  if (own) {
    return 'You';
  }
  const [kind, ...rest] = (actor ?? '').split(':');
  const name = rest.join(':');
  if (kind === 'user') {
    const user = find('users', name, queryClient);
    return text(user?.['full_name']) || text(user?.['username']) || `User ${name}`;
  }
  return name || 'Another program';
}

function nameOf(resource: Resource, row: Row, queryClient: QueryClient): string {
  const fields = row as unknown as Fields;
  const name =
    resource === 'inventory'
      ? find('chemicals', text(fields['chemical_id']), queryClient)?.['name']
      : (fields['name'] ?? fields['title'] ?? fields['full_name'] ?? fields['internal_id']);
  return text(name) || `${SINGULAR[resource]} ${row.id}`;
}

function how({ action, resource, before, after, fields }: SeenChange, queryClient: QueryClient) {
  const old = before as unknown as Fields | undefined;
  const now = after as unknown as Fields | undefined;
  if (action !== 'update' || !old || !now) {
    return resource === 'inventory' && now ? `${text(now['quantity'])} ${text(now['unit'])}` : '';
  }
  return fields
    .map((field) => {
      if (field === 'location_id') {
        const [from, to] = [old, now].map(
          (row) => text(find('locations', text(row[field]), queryClient)?.['name']) || '?',
        );
        return `${from} → ${to}`;
      }
      const unit = field === 'quantity' ? ` ${text(now['unit'])}` : '';
      const label = field === 'quantity' ? '' : `${field.replaceAll('_', ' ').replace(/ id$/, '')} `;
      return `${label}${text(old[field]) || 'none'} → ${text(now[field]) || 'none'}${unit}`;
    })
    .join(', ');
}

function find(resource: Resource, id: string, queryClient: QueryClient): Fields | undefined {
  const row = queryClient.getQueryData<ResourceData>(resourceKey(resource))?.rows.get(id);
  return row as unknown as Fields | undefined;
}

function text(value: unknown): string {
  if (typeof value === 'number') {
    return formatNumber(value);
  }
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : '';
}

const NUMBER = new Intl.NumberFormat(undefined, { maximumFractionDigits: 6 });

export function formatNumber(value: number): string {
  return NUMBER.format(value);
}
