// Trials of a hosted installer: none, since no Windows may be shipped with this program or fetched by it.
import type { DeliverableTrials } from '../trial.ts';

export const installerTrials: DeliverableTrials = {
  kind: 'installer',
  trials: () => ({
    why: 'Installers need Windows with its own licence, which cannot be made here.',
    next:
      'Copy the output directory to a Windows machine and run setup.exe there; ' +
      'test/e2e/wine.test.ts shows what installs, upgrades and is removed under Wine.',
  }),
};
