// Identifiers in a Windows Installer database, derived from the model so that every build makes the same.
import { guidOf } from '../guid.ts';
import type { InstallerModel } from './model.ts';

/** A feature's name in the Feature table, where `-` is not allowed. */
export function featureKey(feature: string): string {
  return feature.replaceAll('-', '_');
}

/** The component that owns registry values and PATH entries of a feature. */
export function registryComponent(feature: string): string {
  return `Registry_${featureKey(feature)}`;
}

/** The component that holds one file: msi-files.pl makes the same identifiers. */
export function fileComponent(model: InstallerModel, path: string): string {
  return `C_${guidOf(model.upgradeCode, `file ${path}`).replaceAll('-', '')}`;
}

/** The component that stands for a payload; likewise. */
export function payloadComponent(id: string): string {
  return `P_${featureKey(id)}`;
}

/** The directory that holds a file, in the Directory table; likewise. */
export function directoryOf(model: InstallerModel, path: string): string {
  const above = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  if (above === '') return 'INSTALLDIR';
  return `D_${guidOf(model.upgradeCode, `directory ${above}`).replaceAll('-', '')}`;
}

/** A GUID in the form that Windows Installer's tables want. */
export function registryGuid(guid: string): string {
  return `{${guid.toUpperCase()}}`;
}
