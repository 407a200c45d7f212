import { ButtonLink } from '#components/ui/button.tsx';

export default function NotFound() {
  return (
    <div className="mx-auto max-w-md py-16 text-center">
      <h1 className="text-xl font-semibold tracking-tight">There is nothing here</h1>
      <p className="mt-2 text-sm leading-6 text-muted">
        The address is wrong, or what it led to does not belong to your organisation.
      </p>
      <p className="mt-6">
        <ButtonLink href="/console">To the connections</ButtonLink>
      </p>
    </div>
  );
}
