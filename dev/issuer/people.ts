/** Who can sign in at the stack's own issuer, with their `wlcg.groups`. The password is the name. */
export const people: Readonly<Record<string, { readonly groups: readonly string[]; readonly what: string }>> = {
  alice: { groups: ['/ctao', '/ctao/archive'], what: 'sees the whole archive' },
  bob: { groups: ['/ctao', '/ctao/dpps'], what: 'sees the scope dpps' },
  carol: { groups: [], what: 'is in no group' },
};
