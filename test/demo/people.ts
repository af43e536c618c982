import type { Role } from '../../collector/accounts/roles.ts';

/** Everybody here is invented. */
export interface DemoPerson {
  reference: string;
  name: string;
  /** Account name on the computers. */
  user: string;
  team: string;
  part: 'member' | 'supervisor' | 'deputy';
}

const firstNames = [
  'Amara',
  'Ben',
  'Chidi',
  'Dawn',
  'Elif',
  'Finn',
  'Grace',
  'Hamza',
  'Isla',
  'Jonas',
  'Keira',
  'Leon',
  'Maya',
  'Noor',
  'Owen',
  'Priya',
  'Quinn',
  'Rosa',
  'Samir',
  'Tess',
  'Umar',
  'Vera',
  'Wren',
  'Yusuf',
  'Zara',
] as const;
const lastNames = [
  'Ashgrove',
  'Birchwood',
  'Copperfield',
  'Dunmore',
  'Elderkin',
  'Fernside',
  'Greenhalt',
  'Hollowell',
  'Ivybridge',
  'Juniperson',
  'Kestrel',
  'Larkspur',
  'Marlowell',
] as const;
const teams = [
  'Family support',
  'Short breaks',
  'Adult care',
  'Reviewing officers',
  'Finance',
  'People services',
  'Reception',
] as const;

/** 62 members of staff in seven teams, each with a supervisor and a deputy. */
export const people: readonly DemoPerson[] = Array.from({ length: 62 }, (_, index) => {
  const first = firstNames[index % firstNames.length] ?? '';
  const last = lastNames[(index * 5 + Math.floor(index / firstNames.length)) % lastNames.length] ?? '';
  const place = Math.floor(index / teams.length);
  return {
    reference: `S${1001 + index}`,
    name: `${first} ${last}`,
    user: `${first}.${last}`.toLowerCase(),
    team: teams[index % teams.length] ?? '',
    part: place === 0 ? 'supervisor' : place === 1 ? 'deputy' : 'member',
  };
});

/** The file that the people page would be given. */
export function peopleFile(): string {
  const rows = people.map(({ reference, name, user, team, part }) =>
    [
      reference,
      name,
      `${user}@focus.example`,
      team,
      user,
      part === 'supervisor' ? team : '',
      part === 'deputy' ? team : '',
    ].join(','),
  );
  return ['reference,name,email,team,accounts,supervises,deputises', ...rows].join('\n');
}

export interface DemoAccount {
  username: string;
  displayName: string;
  role: Role;
}

/** One sign-in for each role; all with the same password, which the demo prints. */
export const accounts: readonly DemoAccount[] = [
  { username: 'analyst', displayName: 'Robin Teller', role: 'ict-analyst' },
  { username: 'analyst2', displayName: 'Sasha Quill', role: 'ict-analyst' },
  { username: 'administrator', displayName: 'Morgan Vale', role: 'ict-administrator' },
  { username: 'supervisor', displayName: people[0]?.name ?? '', role: 'supervisor' },
  { username: 'head', displayName: 'Harper Lindqvist', role: 'head-of-business-and-governance' },
  { username: 'iglead', displayName: 'Ines Okafor', role: 'ig-lead' },
  { username: 'iao', displayName: 'Imogen Tarrant', role: 'iao' },
  { username: 'siro', displayName: 'Silas Brandt', role: 'siro' },
  { username: 'caldicott', displayName: 'Cleo Anders', role: 'caldicott-guardian' },
  { username: 'auditor', displayName: 'Avery Stone', role: 'auditor' },
];
