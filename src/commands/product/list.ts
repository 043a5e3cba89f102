// qbuild product list
import { QbuildCommand } from '../../qbuild-command.ts';

export default class ProductList extends QbuildCommand {
  static override summary = 'List the products of this workspace';

  async run(): Promise<void> {
    await this.parse(ProductList);
    const { listProducts } = await import('../../build/products.ts');
    for (const { name, title } of this.unwrap(await listProducts(process.cwd())))
      this.log(`${name}  ${title}`);
  }
}
