/** A connection's address, name and settings, where what the address asks for by itself does not replace what dipper relies on: of two settings the later one holds. */
export function ownSettings(url: string, purpose: string, settings: string): { readonly connectionString: string; readonly application_name: string; readonly options: string } {
  const address = new URL(url);
  const given = address.searchParams.get('options');
  address.searchParams.delete('options');
  address.searchParams.delete('application_name');
  return { connectionString: address.href, application_name: `dipper ${purpose}`, options: given ? `${given} ${settings}` : settings };
}
