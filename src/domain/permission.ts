/** What a viewer may do beside reading what is in sight. */
export const permissions = ['addRule', 'declareBad', 'createDip', 'access', 'usage', 'introspection', 'embargoed'] as const;
export type Permission = typeof permissions[number];
