// Stands in the bundle for packages that oclif loads at every start and that qbuild has no use for. Together their
// import takes longer than an empty Node.

/** `wsl-utils`: which browser to open. */
export const isWsl = false;

/** `tinyglobby`: finds commands when there is no manifest of commands; the bundle has one. */
export const glob = async () => [];

/** `debug`: oclif's own log, switched on by DEBUG. `cli-spinners`: its animations. */
export default function silent() {
  return () => {};
}
