import type { DemoAccount } from './people.ts';

/** A picture of the console for docs/. */
export interface Picture {
  /** Of the file, without its ending. */
  name: string;
  username: DemoAccount['username'];
  address: string;
  /** Selector of a link on that page; the picture is of the page behind the first of them. */
  follow?: string;
}

/** Each main page as whoever works with it sees it. */
export const pictures: readonly Picture[] = [
  { name: 'home', username: 'administrator', address: '/' },
  { name: 'console', username: 'analyst', address: '/alerts' },
  { name: 'alert', username: 'analyst', address: '/alerts?severity=high', follow: 'a.app-alert' },
  { name: 'incidents', username: 'head', address: '/incidents' },
  { name: 'incident', username: 'head', address: '/incidents', follow: 'main tbody a' },
  { name: 'notices', username: 'head', address: '/notices' },
  { name: 'supervisor', username: 'supervisor', address: '/' },
  { name: 'notice', username: 'supervisor', address: '/', follow: 'main tbody a' },
  { name: 'computers', username: 'analyst', address: '/computers' },
  { name: 'computer', username: 'analyst', address: '/computers?sort=alerts&direction=desc', follow: 'main tbody a' },
  { name: 'media', username: 'analyst', address: '/media' },
  { name: 'software', username: 'head', address: '/software' },
  { name: 'approvals', username: 'head', address: '/approvals' },
  { name: 'policy', username: 'administrator', address: '/policy' },
  { name: 'reports', username: 'head', address: '/reports' },
  { name: 'people', username: 'administrator', address: '/people' },
  { name: 'audit', username: 'auditor', address: '/audit' },
  { name: 'health', username: 'administrator', address: '/health' },
  { name: 'transparency', username: 'administrator', address: '/transparency' },
];
