/** A contract larger than this is refused unread. */
export const maxSchemaBytes = 262_144
