/** Where the compiled bus lies, for modules that change its prototypes before it starts. */
export const dist = (path) => import(new URL(`../../../dist/${path}`, import.meta.url).href)
