// The order of Windows Installer's actions for every hosted product.

/** Names and numbers as the Windows Installer reference suggests them, except where a comment says why. */
const STANDARD: readonly (readonly [string, number])[] = [
  // Before the launch conditions, one of which is that no newer version was found.
  ['FindRelatedProducts', 25],
  ['AppSearch', 50],
  ['LaunchConditions', 100],
  ['ValidateProductID', 700],
  ['CostInitialize', 800],
  ['FileCost', 900],
  ['CostFinalize', 1000],
  ['MigrateFeatureStates', 1200],
  ['ResolveSource', 1300],
  ['InstallValidate', 1400],
  ['InstallInitialize', 1500],
  // Inside the transaction, so that a failed upgrade restores the version before; and before the new files
  // come, so that no rule about file versions decides which file stays.
  ['RemoveExistingProducts', 1501],
  ['ProcessComponents', 1600],
  ['UnpublishFeatures', 1800],
  ['StopServices', 1900],
  ['DeleteServices', 2000],
  ['RemoveRegistryValues', 2600],
  ['RemoveShortcuts', 3200],
  ['RemoveEnvironmentStrings', 3300],
  ['RemoveFiles', 3500],
  ['RemoveFolders', 3600],
  ['CreateFolders', 3700],
  ['InstallFiles', 4000],
  ['CreateShortcuts', 4500],
  ['WriteRegistryValues', 5000],
  ['WriteEnvironmentStrings', 5200],
  ['InstallServices', 5800],
  ['MsiConfigureServices', 5850],
  ['StartServices', 5900],
  ['RegisterUser', 6000],
  ['RegisterProduct', 6100],
  ['PublishFeatures', 6300],
  ['PublishProduct', 6400],
  ['InstallFinalize', 6600],
];

/** Where the product's own actions go. */
export const AT = {
  directories: 110,
  checkPayloads: 1410,
  placePayloads: 4010,
  // While services are stopped and files are still there; two numbers for each command.
  unregister: 2100,
  remove: 2300,
  seed: 5300,
  migrations: 5400,
  register: 5500,
  settle: 6410,
  release: 6415,
  purge: 6420,
} as const;

export type SequenceRow = readonly [action: string, condition: string, sequence: number];

/** All rows of InstallExecuteSequence. Services exist where VersionNT does: everywhere that we install. */
export function executeSequence(own: readonly SequenceRow[]): SequenceRow[] {
  return [...STANDARD.map(([action, sequence]): SequenceRow => [action, '', sequence]), ...own];
}
