import type { ReactNode } from 'react';
import { localeNames, locales } from '#lib/i18n/index.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { ChoiceField, Fault, TextAreaField, TextField } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';
import { BrandColour } from './brand-colour.tsx';
import { LogoChoice, type LogoOption } from './brand-logos.tsx';

/** The texts of the form by field, the same names as in a posted form. */
export type BrandFields = Readonly<Record<string, string>>;

type BrandFormProps = {
  csrf: string;
  /** The stamp of the brand that is typed over. */
  typedOver: string;
  fields: BrandFields;
  faults: Readonly<Record<string, string>>;
  logos: readonly LogoOption[];
  /** What was refused of an upload, as a sentence. */
  logoFault: string | null;
  mayEdit: boolean;
  /** From where to where words of a place may be long. */
  most: { purpose: number; before: number; done: number };
};

const corners = [
  { value: 'square', label: 'Square', hint: 'Straight corners.' },
  { value: 'soft', label: 'Soft', hint: 'A little rounded.' },
  { value: 'round', label: 'Round', hint: 'Buttons like pills.' },
];

const letters = [
  { value: 'system', label: 'System', hint: 'The letters of each device.' },
  { value: 'humanist', label: 'Humanist', hint: 'Open and friendly.' },
  { value: 'serif', label: 'Serif', hint: 'Headings with serifs.' },
  { value: 'rounded', label: 'Rounded', hint: 'Round ends, where a device has them.' },
];

const labels: Readonly<Record<string, string>> = {
  display_name: 'Name',
  accent: 'Colour',
  radius: 'Corners',
  font: 'Letters',
  logo: 'Logo',
  logo_dark: 'Logo for dark screens',
  support_email: 'Support e-mail address',
  support_url: 'Support page',
  privacy_url: 'Privacy page',
  terms_url: 'Terms page',
  sender_name: 'Sender name',
  reply_to: 'Reply-to address',
};

const places = [
  {
    place: 'purpose',
    label: 'Welcome',
    hint: 'What you want the data for, in one sentence. Without it: “{name} would like to work with the data in your Exact Online.”',
  },
  { place: 'before', label: 'Before they leave for Exact Online', hint: 'Below our own three tips, marked as yours.' },
  { place: 'done', label: 'Done', hint: 'What happens now, on your side; marked as yours.' },
] as const;

/** What a field is called on the page, for a sentence about it elsewhere. */
export function fieldLabel(name: string): string {
  const [, place, locale] = /^(purpose|before|done)_([a-z]{2})$/.exec(name) ?? [];
  const word = places.find((candidate) => candidate.place === place)?.label;
  const language = locales.find((code) => code === locale);
  return word && language ? `${word} (${localeNames[language]})` : (labels[name] ?? name);
}

type Part = Pick<BrandFormProps, 'fields' | 'faults'>;

const textProps = ({ fields, faults }: Part, id: string) => ({
  id,
  label: labels[id] ?? id,
  defaultValue: fields[id] ?? '',
  fault: faults[id],
  autoComplete: 'off',
});

function Looks(part: Part) {
  return (
    <Card title="Name and look">
      <div className="space-y-5">
        <TextField
          {...textProps(part, 'display_name')}
          required
          maxLength={80}
          hint="As customers know you; in every sentence of the page."
        />
        <BrandColour value={part.fields['accent'] ?? ''} fault={part.faults['accent']} />
        <ChoiceField
          name="radius"
          legend="Corners"
          value={part.fields['radius'] ?? 'soft'}
          choices={corners}
          columns={3}
        />
        <ChoiceField name="font" legend="Letters" value={part.fields['font'] ?? 'system'} choices={letters} />
      </div>
    </Card>
  );
}

/** Sends the whole form, so that nothing typed is lost on the way. */
function Logos({
  fields,
  faults,
  logos,
  logoFault,
}: Pick<BrandFormProps, 'fields' | 'faults' | 'logos' | 'logoFault'>) {
  const chosen = logos.find(({ path }) => path === fields['logo']);
  const onDark = logos.find(({ path }) => path === fields['logo_dark']);
  return (
    <Card title="Logo">
      <div className="space-y-5">
        <div>
          <label htmlFor="logo_file" className="block text-sm font-medium">
            Upload a picture
          </label>
          <div className="mt-1.5 flex flex-wrap items-center gap-2">
            <input
              id="logo_file"
              name="logo_file"
              type="file"
              accept="image/png,image/jpeg,image/webp"
              aria-describedby={`${logoFault ? 'logo_file-fault ' : ''}logo_file-hint`}
              aria-invalid={logoFault ? true : undefined}
              className="min-w-0 flex-1 basis-52 rounded-md border border-line-strong bg-field px-3 py-2 text-sm file:mr-3 file:rounded-sm file:border-0 file:bg-sunken file:px-2 file:py-1 file:text-sm file:text-ink"
            />
            <Button formAction="/console/brand/upload" formNoValidate>
              Upload
            </Button>
          </div>
          {logoFault ? <Fault id="logo_file">{logoFault}</Fault> : null}
          <p id="logo_file-hint" className="mt-1.5 text-[13px] leading-5 text-muted">
            PNG, JPEG or WebP, at most 512 kB. We draw it anew at logo size and keep nothing else of the file. Customers
            see it when you have saved.
          </p>
        </div>
        {logos.length > 0 ? (
          <>
            <LogoChoice
              name="logo"
              legend="Logo"
              none="No logo: your initials"
              value={fields['logo'] ?? ''}
              logos={logos}
              fault={faults['logo']}
              removable
            />
            {chosen?.tone === 'light' ? (
              <Notice tone="warn" title="This logo is nearly white">
                On light screens it can hardly be seen. Choose a darker one here, and this one for dark screens.
              </Notice>
            ) : null}
            <LogoChoice
              name="logo_dark"
              legend="On dark screens"
              none="The same one, on a light tile"
              value={fields['logo_dark'] ?? ''}
              logos={logos}
              fault={faults['logo_dark']}
              dark
            />
            {chosen && onDark?.tone === 'dark' ? (
              <Notice tone="warn" title="This logo is dark">
                On dark screens it can hardly be seen. Choose a brighter one, or the same one on a light tile.
              </Notice>
            ) : null}
          </>
        ) : null}
      </div>
    </Card>
  );
}

function Words(part: Part & Pick<BrandFormProps, 'most'>) {
  const filledIn = (locale: string) => places.filter(({ place }) => part.fields[`${place}_${locale}`]).length;
  const isRefused = (locale: string) => places.some(({ place }) => part.faults[`${place}_${locale}`]);
  return (
    <Card title="Your own words">
      <p className="mb-4 text-sm leading-6 text-muted">
        For three places, per language. Where a language is empty, customers read ours: nothing is translated by a
        machine.
      </p>
      <div className="divide-y divide-line rounded-md border border-line">
        {locales.map((locale) => (
          <details key={locale} open={isRefused(locale)} className="px-4 py-2">
            <summary className="rounded-sm py-1.5 text-sm font-medium">
              {localeNames[locale]}
              <span className="ml-2 font-normal text-muted">{filledIn(locale)} of 3</span>
            </summary>
            <div className="mt-3 mb-2 space-y-4">
              {places.map(({ place, label, hint }) => (
                <TextAreaField
                  key={place}
                  id={`${place}_${locale}`}
                  label={label}
                  lang={locale}
                  optional
                  rows={3}
                  maxLength={part.most[place]}
                  defaultValue={part.fields[`${place}_${locale}`] ?? ''}
                  fault={part.faults[`${place}_${locale}`]}
                  hint={hint.replace('{name}', part.fields['display_name'] || 'Your name')}
                />
              ))}
            </div>
          </details>
        ))}
      </div>
    </Card>
  );
}

function Contacts(part: Part) {
  const address = (id: string, hint: ReactNode) => (
    <TextField
      {...textProps(part, id)}
      optional
      maxLength={500}
      inputMode="url"
      placeholder="https://"
      spellCheck={false}
      hint={hint}
    />
  );
  return (
    <Card title="Help and legal pages">
      <div className="space-y-5">
        <TextField
          {...textProps(part, 'support_email')}
          optional
          maxLength={254}
          inputMode="email"
          spellCheck={false}
          hint="Stands on every page that says something went wrong, and in mails."
        />
        {address('support_url', 'A page of yours, for questions.')}
        <div className="grid gap-5 sm:grid-cols-2">
          {address('privacy_url', 'In the foot of every page.')}
          {address('terms_url', 'In the foot of every page.')}
        </div>
      </div>
    </Card>
  );
}

function Mail(part: Part) {
  return (
    <Card title="Mail to customers">
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField
          {...textProps(part, 'sender_name')}
          optional
          maxLength={60}
          hint="Before our address in their list of mails. Empty: your name."
        />
        <TextField
          {...textProps(part, 'reply_to')}
          optional
          maxLength={254}
          inputMode="email"
          spellCheck={false}
          hint="Where their answers go. Empty: the support address."
        />
      </div>
      <p className="mt-4 text-[13px] leading-5 text-muted">
        The address mails are sent from stays ours, so that they pass the checks of mail servers.
      </p>
    </Card>
  );
}

/** How customers see this partner. One form: an upload, a removal and a look at it all keep what was typed. */
export function BrandForm(props: BrandFormProps) {
  const { csrf, typedOver, mayEdit } = props;
  return (
    <form
      id="brand"
      method="post"
      action="/console/brand/save"
      encType="multipart/form-data"
      autoComplete="off"
      className="min-w-0"
    >
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="typed_over" value={typedOver} />
      {/* The first button is what the Enter key presses: saving, not the upload that stands above it. */}
      <button type="submit" tabIndex={-1} aria-hidden="true" className="sr-only" disabled={!mayEdit}>
        Save
      </button>
      <fieldset disabled={!mayEdit} className="min-w-0 space-y-5">
        <legend className="sr-only">Brand</legend>
        <Looks {...props} />
        <Logos {...props} />
        <Words {...props} />
        <Contacts {...props} />
        <Mail {...props} />
        {mayEdit ? (
          <div className="sticky bottom-0 z-10 -mx-1 flex flex-wrap gap-2 border-t border-line bg-page px-1 py-3">
            <Button kind="primary">Save brand</Button>
            <Button formAction="/console/brand/preview" formTarget="_blank" formNoValidate>
              Preview in a new tab
            </Button>
          </div>
        ) : null}
      </fieldset>
    </form>
  );
}
