/** Texts of several kinds: HTML, CSV, templates, archives. @module */
import { load } from 'cheerio'
import { parse } from 'csv-parse/sync'
import handlebars from 'handlebars'
import iconv from 'iconv-lite'
import JSZip from 'jszip'
import { Liquid } from 'liquidjs'
import nunjucks from 'nunjucks'
import Papa from 'papaparse'
import TurndownService from 'turndown'

export default async function run(): Promise<unknown> {
  const zip = new JSZip()
  zip.file('a.txt', 'inside')
  const again = await JSZip.loadAsync(await zip.generateAsync({ type: 'uint8array' }))
  return [
    load('<ul><li class="x">one</li><li>two</li></ul>')('li.x').text(),
    parse('a,b\n1,"2,3"\n', { columns: true }),
    handlebars.compile('Hello {{name}}{{#each list}} {{this}}{{/each}}')({
      name: 'Ada',
      list: [1, 2],
    }),
    iconv.decode(iconv.encode('Grüße', 'latin1'), 'latin1'),
    await again.file('a.txt')?.async('string'),
    await new Liquid().parseAndRender('{{ "a" | upcase }}'),
    nunjucks.renderString('{% for x in list %}{{ x }};{% endfor %}', { list: [1, 2] }),
    Papa.parse('a;b\n1;2', { header: true, delimiter: ';' }).data,
    new TurndownService().turndown('<h1>Title</h1><p>a <b>b</b></p>'),
  ]
}
