import type { Division, User } from './core/ledger.ts';

/** People to sign in as. Everything about them is made up; addresses end in example.test, which never resolves. */
export function seedUsers(): User[] {
  return [
    user(1, 'j.jansen', 'Jan Jansen', 'jan@example.test', [
      division(1234567, 'Bakkerij De Korenaar B.V.', 'NL', 'NL001234567B01'),
    ]),
    user(2, 's.devries', 'Sanne de Vries', 'sanne@example.test', [
      division(1240118, 'Fietsen De Vries B.V.', 'NL', 'NL001401180B01'),
      division(1240119, 'Fietsverhuur Texel B.V.', 'NL', 'NL001401191B01', 'Fietsen De Vries B.V.'),
    ]),
    user(3, 'k.bakker', 'Kees Bakker', 'kees@example.test', [
      division(1302244, 'Installatiebedrijf Bakker', 'NL', 'NL001022447B02'),
    ]),
    user(4, 'l.peeters', 'Lotte Peeters', 'lotte@example.test', [
      division(2105530, 'Brouwerij Peeters BV', 'BE', 'BE0105530001'),
      division(2105531, 'Peeters Horeca BV', 'BE', 'BE0105531002', 'Brouwerij Peeters BV'),
    ]),
    user(5, 'a.elamrani', 'Amina El Amrani', 'amina@example.test', [
      division(1417702, 'Groothandel El Amrani B.V.', 'NL', 'NL001770214B01'),
      division(1417703, 'El Amrani Logistiek B.V.', 'NL', 'NL001770226B01', 'Groothandel El Amrani B.V.'),
      division(1417704, 'El Amrani Holding B.V.', 'NL', 'NL001770238B01', 'Groothandel El Amrani B.V.'),
    ]),
    user(6, 't.claes', 'Tom Claes', 'tom@example.test', [
      division(2208817, 'Drukkerij Claes nv', 'BE', 'BE0208817003'),
    ]),
    user(8, 'd.mulder', 'Daan Mulder', 'daan@example.test', [
      division(1398820, 'Fysiotherapie Mulder', 'NL', 'NL001882039B01'),
    ]),
    // An accountant: one login, several customers. Connecting them through one client ID leaves one live token (§5.3).
    user(7, 'f.visser', 'Femke Visser', 'femke@example.test', [
      division(1500010, 'Visser Administraties', 'NL', 'NL001500010B01'),
      division(1500021, 'Tandartspraktijk Smit', 'NL', 'NL001500021B01'),
      division(1500032, 'Hoveniersbedrijf Groen', 'NL', 'NL001500032B01'),
      division(1500043, 'Rederij Maas en Zonen B.V.', 'NL', 'NL001500043B01'),
    ]),
  ];
}

/** The first division is the one open in the user's session. */
function user(n: number, userName: string, fullName: string, email: string, divisions: Division[]): User {
  return {
    id: `5c1f0000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    userName,
    fullName,
    email,
    divisions: divisions.map((each, index) => ({ ...each, current: index === 0 })),
  };
}

function division(
  code: number,
  description: string,
  country: string,
  vatNumber: string,
  customerName = description,
): Division {
  return { code, description, customerName, country, vatNumber, current: false };
}
