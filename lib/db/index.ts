export { connectDatabase, disconnectDatabase, pools } from './client.ts';
export { Prisma } from './generated/client.ts';
export { asDirectory, inTenant, inTenantApart, type Tx } from './tenant.ts';
