/**
 * A session with the simulator, to be pasted line by line into a shell. The tests run exactly this text, in one go, and
 * check what each step says (`session.test.ts`).
 */
export type Step = {
  readonly title: string;
  readonly why: string;
  readonly commands: string;
  /** What each line that comes back begins with or is; one per line, in order. */
  readonly answers: readonly string[];
};

export const steps: readonly Step[] = [
  {
    title: 'Register an app',
    why: 'As you would in the App Center: a client ID and a secret of your choice, and one redirect URI. It need not lead anywhere here.',
    commands: `SIM=http://127.0.0.1:4010
APP=6a0f1b52-1c1e-4b7c-9a10-5d3b1b3b7a11
JSON='Content-Type: application/json'
curl -s -X PUT $SIM/__control/clients -H "$JSON" -d '{"client_id":"'$APP'","client_secret":"my-secret",
  "redirect_uri":"http://localhost:9999/callback","site":"nl","name":"My app"}'; echo
curl -s $SIM/__control/policy -H "$JSON" -d '{"client_id":"'$APP'","policy":"single"}'; echo`,
    answers: ['{"client_id":"6a0f1b52-1c1e-4b7c-9a10-5d3b1b3b7a11","name":"My app","site":"nl"', '{"policy":"single"'],
  },
  {
    title: 'Give consent',
    why: 'Open the printed address in a browser to see what your customer sees. The two posts after it are that person: signing in, pressing Allow. The code comes back percent-encoded; it stays that way until it is posted.',
    commands: `ASK="client_id=$APP&redirect_uri=http%3A%2F%2Flocalhost%3A9999%2Fcallback&response_type=code&state=xyz"
echo "$SIM/api/oauth2/auth?$ASK"
curl -s -o /dev/null -c cookies.txt $SIM/__login -d "user=j.jansen&$ASK"
BACK=$(curl -s -o /dev/null -b cookies.txt -w '%{redirect_url}' $SIM/__consent -d "decision=allow&division=1234567&$ASK")
CODE=$(echo "$BACK" | sed 's/.*code=\\([^&]*\\).*/\\1/')`,
    answers: ['http://127.0.0.1:4010/api/oauth2/auth?client_id='],
  },
  {
    title: 'Exchange the code',
    why: 'One answer with two tokens. The access token lives for 600 seconds, the refresh token for 30 days if nobody uses it. The same code a second time is refused, which the last line shows.',
    commands: `token() { curl -s $SIM/api/oauth2/token -d client_id=$APP -d client_secret=my-secret "$@"; echo; }
refresh() { token -d grant_type=refresh_token --data-urlencode "refresh_token=$1"; }
refresh_token() { echo "$1" | sed 's/.*"refresh_token":"\\([^"]*\\)".*/\\1/'; }
ANSWER=$(token -d grant_type=authorization_code -d redirect_uri=http://localhost:9999/callback -d "code=$CODE")
FIRST=$(refresh_token "$ANSWER")
token -d grant_type=authorization_code -d redirect_uri=http://localhost:9999/callback -d "code=$CODE"`,
    answers: [
      '{"error":"invalid_request","error_description":"This message has already been processed.  This could indicate a replay attack in progress."}',
    ],
  },
  {
    title: 'Refresh too early, then in time',
    why: 'Nothing can be refreshed in the first 570 seconds after the chain’s last token. You do not wait for them: the clock of your app moves when you say so.',
    commands: `later() { curl -s $SIM/__control/clock -H "$JSON" -d '{"client_id":"'$APP'","advance_seconds":'$1'}'; echo; }
refresh "$FIRST"
later 570
ANSWER=$(refresh "$FIRST"); SECOND=$(refresh_token "$ANSWER"); echo "$ANSWER" | cut -c 1-22`,
    answers: [
      '{ "error":"access_denied","error_description":"Rate limit exceeded: access_token not expired" }',
      '{"now":"',
      '{"access_token":"gAAAA',
    ],
  },
  {
    title: 'Use a token twice',
    why: 'Under the policy “single” the first token died when its successor was issued. Try the same under “overlap” and “legacy”.',
    commands: `later 570
refresh "$FIRST"`,
    answers: ['{"now":"', '{"error":"unauthorized_client","error_description":"Old refresh token used."}'],
  },
  {
    title: 'Wait 31 days',
    why: 'Thirty days unused, and a token is worth nothing.',
    commands: `later 2678400
refresh "$SECOND"`,
    answers: ['{"now":"', '{"error":"invalid_request","error_description":"The refresh token expired at '],
  },
  {
    title: 'Ask the judge',
    why: 'Every request with its chain, generation and verdict, and the rule that a refusal stands on.',
    commands: `curl -s "$SIM/__control/requests?client_id=$APP"; echo`,
    answers: ['{"requests":[{"seq":'],
  },
];

/** The whole session as one script. */
export const session = steps.map(({ commands }) => commands).join('\n');
