import { clsx } from 'clsx';
import { Check } from 'lucide-react';
import { ButtonLink } from '../ui/button.tsx';

const steps = [
  {
    title: 'Register your app',
    text: 'Tell us the client ID and secret of your own Exact Online app. We print the redirect URL to paste at Exact.',
    href: '/console/registrations/new',
    action: 'Register your app',
  },
  {
    title: 'Invite a customer',
    text: 'They connect Exact Online on a page in your style. The credentials are sealed the moment they come in.',
    href: '/console/invite',
    action: 'Invite a customer',
  },
  {
    title: 'Register the database',
    text: 'Within 30 days, walk through the form of Invantive Cloud with every value at hand, once.',
    href: null,
    action: null,
  },
] as const;

/** What an empty list says: the three steps, and which of them is next. */
export function FirstSteps({ done, rights }: { done: number; rights: { edit: boolean; invite: boolean } }) {
  const mayDo = [rights.edit, rights.invite, false];
  return (
    <section className="rounded-lg border border-line bg-raised p-5 sm:p-8">
      <h2 className="text-base font-semibold">No connections yet</h2>
      <p className="mt-1 text-sm leading-6 text-muted">Three steps from here to a registered database.</p>
      <ol className="mt-6 grid gap-6 md:grid-cols-3">
        {steps.map(({ title, text, href, action }, at) => (
          <li key={title} className="flex flex-col">
            <span
              className={clsx(
                'grid size-7 place-items-center rounded-full border text-[13px] font-semibold',
                at === done ? 'border-wax text-wax' : 'border-line-strong/60 text-muted',
              )}
            >
              {at < done ? (
                <>
                  <Check size={14} aria-hidden="true" className="text-good" />
                  <span className="sr-only">Done: step {at + 1}</span>
                </>
              ) : (
                at + 1
              )}
            </span>
            <h3 className="mt-3 text-sm font-medium">{title}</h3>
            <p className="mt-1 flex-1 text-sm leading-6 text-muted">{text}</p>
            {at === done && href && mayDo[at] ? (
              <p className="mt-4">
                <ButtonLink href={href} kind="primary">
                  {action}
                </ButtonLink>
              </p>
            ) : null}
          </li>
        ))}
      </ol>
    </section>
  );
}
