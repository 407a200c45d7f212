import { guarded } from '../../connect/_pages/guard.ts';
import { unknownLink } from '../../connect/_pages/respond.tsx';

/** A provider's answer at an address that was never registered, and whatever else finds its way here. */
export const GET = guarded(unknownLink);
