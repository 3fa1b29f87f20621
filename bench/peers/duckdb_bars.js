// One-minute bars of trades with DuckDB: node duckdb_bars.js csv|ndjson FILE OUT THREADS
// The schema is given, so that no time goes into guessing it.
'use strict';
const path = require('path');
const { DuckDBInstance } = require(path.join(process.env.TP_PEERS, 'node_modules/@duckdb/node-api'));

const [format, file, out, threads] = process.argv.slice(2);
const columns = "{ts: 'TIMESTAMP_NS', sym: 'VARCHAR', price: 'DOUBLE', size: 'DOUBLE'}";
const source = {
    csv: `read_csv('${file}', header = true, auto_detect = false, delim = ',', columns = ${columns})`,
    ndjson: `read_json('${file}', format = 'newline_delimited', columns = ${columns})`,
}[format];

(async () => {
    const db = await DuckDBInstance.create(':memory:', { threads });
    const con = await db.connect();
    await con.run(`COPY (
        SELECT strftime(date_trunc('minute', ts::TIMESTAMP), '%Y-%m-%dT%H:%M:00Z') AS ts, sym,
               arg_min(price, ts) AS open, max(price) AS high, min(price) AS low,
               arg_max(price, ts) AS close, sum(size) AS volume
        FROM ${source} GROUP BY ALL) TO '${out}' (HEADER false)`);
})();
