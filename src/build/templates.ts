// Templates as wholes: which there are, and the images of one for several VMMs, one after the other.
import type { Emit } from '../action/events.ts';
import { fail, ok, type Result } from '../base/failure.ts';
import { suggestName } from '../manifest/names.ts';
import { topmost } from '../manifest/workspace.ts';
import type { RunReport } from '../report/presenter.ts';
import { templateNames, vmmsOfTemplate } from '../resolve/template.ts';
import { directoriesOf } from './directories.ts';
import type { BuildOptions } from './product.ts';
import { runProduct } from './run-product.ts';
import { openWorkspace } from './workspace.ts';

export interface ListedTemplate {
  readonly name: string;
  readonly title: string;
}

/** The templates of a workspace, sorted by name. */
export async function listTemplates(directory: string): Promise<Result<readonly ListedTemplate[]>> {
  const opened = await openWorkspace(directory, directoriesOf(process.env).cache);
  if (!opened.ok) return opened;
  const { workspace } = opened.value;
  return ok(
    templateNames(workspace).map((name) => {
      return { name, title: topmost(workspace.templates, name)?.data.title ?? '' };
    }),
  );
}

type TemplateOptions = Omit<BuildOptions, 'product' | 'vmm' | 'only' | 'key'> & {
  readonly template: string;
  /** All VMMs of the workspace when absent. */
  readonly vmm?: string;
};

/** Builds the images of a template; stops at the first VMM that fails. The report is the sum of all. */
export async function buildTemplate(
  { template, vmm, ...options }: TemplateOptions,
  emit: Emit,
  signal: AbortSignal,
): Promise<RunReport> {
  const known = vmm === undefined ? await vmmsOf(options.directory, template) : ok([vmm]);
  const nothing = {
    product: template,
    version: '',
    deliverables: [],
    actions: { run: 0, cached: 0, failed: 0 },
  };
  let sum: RunReport = { ok: true, ...nothing, wallMs: 0 };
  if (!known.ok) return { ...sum, ok: false, failure: known.error };
  for (const each of known.value) {
    const out = options.out !== undefined && vmm === undefined ? `${options.out}/${each}` : options.out;
    const report = await runProduct(
      { ...options, product: template, vmm: each, ...(out !== undefined && { out }) },
      emit,
      signal,
    );
    sum = {
      ...report,
      deliverables: [...sum.deliverables, ...report.deliverables],
      actions: {
        run: sum.actions.run + report.actions.run,
        cached: sum.actions.cached + report.actions.cached,
        failed: sum.actions.failed + report.actions.failed,
      },
      wallMs: sum.wallMs + report.wallMs,
    };
    if (!report.ok) break;
  }
  return sum;
}

async function vmmsOf(directory: string, template: string): Promise<Result<readonly string[]>> {
  const opened = await openWorkspace(directory, directoriesOf(process.env).cache);
  if (!opened.ok) return opened;
  const { workspace } = opened.value;
  if (workspace.templates.has(template)) return ok(vmmsOfTemplate(workspace, template));
  return fail({
    code: 'usage/unknown-template',
    message: `There is no template \`${template}\`.`,
    next: suggestName(template, templateNames(workspace)) ?? 'See `qbuild template list`.',
  });
}
