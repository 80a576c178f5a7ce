import { html } from '../html.js';
import { Section } from '../components/empty.js';
import { Snippets } from '../components/copy.js';

/** @typedef {import('../types.js').RunDetail} RunDetail */

/** How this run is done by hand, and how its results are read. @param {RunDetail} run @param {string} origin @returns {[string, string][]} */
export function waysToCopy(run, origin) {
  const database = '/var/lib/tidewheel/tidewheel.db';
  const sql = `SELECT name, value, unit FROM v1_outputs WHERE run_no = ${run.run_no}`;
  /** @type {[string, string][]} */
  const ways = [
    ['SQL', `sqlite3 -readonly ${database} \\\n  "${sql}"`],
    ['R', `db <- DBI::dbConnect(RSQLite::SQLite(), "${database}", flags = RSQLite::SQLITE_RO)\nDBI::dbGetQuery(db, "${sql}")`],
    ['Python', `import sqlite3\ndb = sqlite3.connect("file:${database}?mode=ro", uri=True)\nprint(db.execute("${sql}").fetchall())`],
    ['curl', `curl -H "Authorization: Bearer $TIDEWHEEL_TOKEN" \\\n  ${origin}/api/v1/runs/${run.run_no}`],
    ['tidewheel', `tidewheel show ${run.run_no}\ntidewheel logs ${run.run_no}`],
  ];
  if (run.docker_run) ways.unshift(['docker run', run.docker_run]);
  return ways;
}

/** @param {{run: RunDetail}} props */
export const CopyAs = ({ run }) => html`<${Section} title="Take it along"><${Snippets} of=${waysToCopy(run, location.origin)} label="As" /><//>`;
