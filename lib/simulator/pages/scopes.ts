/*
 * Data scopes in people's words (A10). A registration names them `area.part`, as in R7's `organization.administration`;
 * the words are ours. What is not listed is shown under its own name.
 */

const AREAS: Readonly<Record<string, string>> = {
  accountancy: 'Accountancy',
  assets: 'Assets',
  crm: 'Customers and suppliers',
  financial: 'General ledger',
  hrm: 'Staff',
  inventory: 'Stock',
  logistics: 'Items and logistics',
  manufacturing: 'Production',
  organization: 'Your organisation',
  payroll: 'Payroll',
  project: 'Projects',
  purchase: 'Purchases',
  sales: 'Sales',
};

const PARTS: Readonly<Record<string, string>> = {
  'crm.accounts': 'names and addresses',
  'financial.costcenters': 'cost centres',
  'financial.generalledgers': 'accounts and bookings',
  'organization.administration': 'companies, users and settings',
  'organization.documents': 'documents',
};

export function inWords(scope: string): string {
  const [area = '', ...part] = scope.split('.');
  const known = Object.hasOwn(AREAS, area) ? AREAS[area] : undefined;
  if (known === undefined) return scope;
  const rest = Object.hasOwn(PARTS, scope) ? PARTS[scope] : part.join('.');
  return rest ? `${known}: ${rest}` : known;
}
