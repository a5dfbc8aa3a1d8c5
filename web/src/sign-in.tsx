import { useEffect, useState } from 'react';

interface Session { offered: boolean; viewer: { subject: string; expires: string } | null }

/** Who is signed in, with a way in or out; nothing where this gateway has no sign-in. */
export function SignIn() {
  const [session, setSession] = useState<Session>();
  useEffect(() => {
    const ask = () => { void readSession().then(setSession); };
    ask();
    // A session ends by itself, and in other tabs.
    window.addEventListener('focus', ask);
    return () => { window.removeEventListener('focus', ask); };
  }, []);
  if (!session?.offered) return null;
  if (!session.viewer) return <a className="sign-in" href={`/auth/login?to=${encodeURIComponent(location.pathname)}`}>Sign in</a>;
  return (
    <span className="sign-in">
      {session.viewer.subject}
      <button type="button" onClick={() => { void signOut(); }}>Sign out</button>
    </span>
  );
}

async function readSession(): Promise<Session | undefined> {
  try {
    const response = await fetch('/auth/session');
    return response.ok ? await response.json() as Session : undefined;
  } catch {
    return undefined; // the gateway is away: its answers say so
  }
}

async function signOut(): Promise<void> {
  await fetch('/auth/logout', { method: 'POST' });
  location.reload(); // what is on the page was for who has left
}
