import { connection } from 'next/server';
import { SignInFrame } from '#components/console/sign-in-frame.tsx';

export default async function NotFound() {
  await connection(); // rendered per request, so that its scripts carry the nonce of its policy
  return (
    <SignInFrame title="There is nothing here" demo={false}>
      <p className="mt-2 text-sm leading-6 text-muted">The address is not one of ours, or what was there is gone.</p>
      <p className="mt-6 text-sm">
        <a href="/" className="font-medium text-wax underline underline-offset-2">
          Start page
        </a>
      </p>
    </SignInFrame>
  );
}
