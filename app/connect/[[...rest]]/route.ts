import { guarded } from '../_pages/guard.ts';
import { unknownLink } from '../_pages/respond.tsx';

/** An address under /connect that leads nowhere, such as a link that was cut off or pasted twice: our page, not the framework's. */
export const GET = guarded(unknownLink);
