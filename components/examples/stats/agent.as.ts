/** POST a CSV with a header row; get statistics of each numeric column. @module */
import { JsonWriter, parseNumber, Request, Response, serve } from 'mayfly/guest/assemblyscript'
import { Column } from './column.as'
import { CsvReader } from './csv.as'

serve((request: Request): Response => {
  if (request.method != 'POST') return Response.text('POST a CSV with a header row\n', 405)
  return Response.json(describe(read(request.body)))
})

function read(csv: Uint8Array): Column[] {
  const reader = new CsvReader(csv)
  const columns: Column[] = []
  while (reader.next()) {
    columns.push(new Column(reader.text()))
    if (reader.endsRow) break
  }
  for (let i = 0; reader.next(); i = reader.endsRow ? 0 : i + 1) {
    const isEmpty = reader.start == reader.end
    if (i < columns.length && !isEmpty) {
      columns[i].add(parseNumber(csv, reader.start, reader.end))
    }
  }
  return columns
}

function describe(columns: Column[]): Uint8Array {
  const json = new JsonWriter().open('{').key('columns').open('[')
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]
    if (!column.isNumeric || column.values.length == 0) continue
    // Before sorting: sums depend on the order, and theirs is the one of the file.
    const mean = column.mean()
    const standardDeviation = column.standardDeviation()
    column.sort()
    json.open('{').key('name').text(column.name)
    json.key('count').number(column.values.length)
    json.key('mean').number(mean)
    json.key('standardDeviation').number(standardDeviation)
    json.key('min').number(column.quantile(0))
    json.key('q1').number(column.quantile(0.25))
    json.key('median').number(column.quantile(0.5))
    json.key('q3').number(column.quantile(0.75))
    json.key('max').number(column.quantile(1))
    json.close('}')
  }
  return json.close(']').close('}').bytes()
}
