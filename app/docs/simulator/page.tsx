import type { Metadata } from 'next';
import { Answers, Code, DocsFrame, Names, Part } from '#components/console/docs.tsx';
import { commands, faultEndpoints, faultKinds, personas, switches } from './reference.ts';
import { steps } from './session.ts';

export const metadata: Metadata = { title: 'An Exact Online that says no' };

const start = `npm run simulator -- --port 4010 --policy overlap`;

const faultExample = `# The token is spent, and nobody hears of it: the answer is lost once
curl -s $SIM/__control/faults -H "$JSON" -d '{"client_id":"'$APP'","endpoint":"refresh","kind":"reset","when":"after","times":1}'

# The next person who consents takes four minutes, so their code arrives expired
curl -s $SIM/__control/personas -H "$JSON" -d '{"client_id":"'$APP'","persona":"takes_four_minutes"}'

# Ten days later, for this app alone
curl -s $SIM/__control/clock -H "$JSON" -d '{"client_id":"'$APP'","advance_seconds":864000}'`;

export default function SimulatorDocs() {
  return (
    <DocsFrame
      title="An Exact Online that says no"
      lead="A stand-in for the OAuth side of Exact Online on your own machine. It refuses what the real one refuses, word for word where the wording is known, and its clock moves when you say so."
    >
      <Part title="Start it">
        <Code>{start}</Code>
        <p>
          One process, seven ports: 4010 is the Dutch site, and be, de, fr, es, uk and us follow. A client that is
          registered on one site does not exist on another. It listens on this machine only, keeps everything in memory,
          and forgets it at its end. Point your connector at <code>http://127.0.0.1:4010</code> where it says{' '}
          <code>https://start.exactonline.nl</code>. In a sandbox of this product it runs already, remembers, and its
          clock follows the sandbox.
        </p>
        <p>
          <code>--policy</code> says when a refresh token dies, because nobody outside Exact can tell which holds for an
          app: <code>single</code>, when its successor is issued; <code>overlap</code>, when its successor is first
          used; <code>legacy</code>, never before its thirty days. Make sure that yours survives all three.
        </p>
      </Part>
      <Part title="A session">
        <p>Paste these into a shell, one after the other. Under each stands what comes back.</p>
        {steps.map(({ title, why, commands: typed, answers }) => (
          <section key={title} className="space-y-2 pt-3">
            <h3 className="font-semibold">{title}</h3>
            <p className="text-[15px] leading-7 text-muted">{why}</p>
            <Code>{typed}</Code>
            <Answers lines={answers} />
          </section>
        ))}
      </Part>
      <Part title="People and faults">
        <p>
          Whoever signs in can choose how they behave, and a test can decide it beforehand. Faults hit one endpoint, so
          many times; those with <code>when: "after"</code> strike when the request has been processed, which is where
          connectors lose tokens.
        </p>
        <Code>{faultExample}</Code>
        <h3 className="pt-2 font-semibold">Personas</h3>
        <Names of={personas} />
        <h3 className="pt-2 font-semibold">Faults</h3>
        <p className="text-sm text-muted">At {faultEndpoints.join(', ')}.</p>
        <Names of={faultKinds} />
      </Part>
      <Part title="Every command">
        <p>
          JSON under <code>/__control</code>, on every port, for this machine only. What is not understood is answered
          with a sentence that says what is. No answer shows a token or a secret: tokens go by the first twelve digits
          of their SHA-256.
        </p>
        <Names of={commands} />
      </Part>
      <Part title="What can be chosen">
        <p>
          Where nobody has seen what Exact answers, or a rule would get in the way of most tests. The first choice is
          the usual one; the letters name the rule.
        </p>
        <Names of={switches} />
      </Part>
    </DocsFrame>
  );
}
