/**
 * `exports` of package.json sends every path that is no entry, such as an inner file, into this folder, where nothing else lies. The
 * name of the folder is the remedy in the message of whoever looks: "Cannot find module '…/entry/none, import kinograd or a room of
 * its README.md/dist/flow/within.js' imported from …". Without it the message would only say that the path is not exported.
 */
export {}
