// What empty places offer to paste.

export const firstPipeline = `# /etc/tidewheel/pipelines.d/hello.yaml
version: 1
name: hello
watch:
  path: /srv/data
  files: "**/*.csv"
  existing: skip
image: busybox:1
entrypoint: [sh, -c]
command: ["wc -l < \\"$TIDEWHEEL_INPUT\\" | sed 's/^/lines=/' >> \\"$TIDEWHEEL_OUTPUTS\\""]
outputs:
  lines: {type: int}
`;

/** How a pipeline's results are read elsewhere: its view is the contract.
 * @param {string} view @param {string} database @param {string} pipeline @returns {[string, string][]} */
export const readers = (view, database, pipeline) => [
  ['SQL', `sqlite3 -readonly ${database} "SELECT * FROM ${view}"\n-- every good run, not only the newest of each file:\nSELECT * FROM ${view}_history ORDER BY run_no DESC LIMIT 100;`],
  ['R', `library(DBI)\ndb <- dbConnect(RSQLite::SQLite(), "${database}", flags = RSQLite::SQLITE_RO)\nresults <- dbGetQuery(db, "SELECT * FROM ${view}")\ndbDisconnect(db)`],
  ['Python', `import sqlite3, pandas as pd\ndb = sqlite3.connect("file:${database}?mode=ro", uri=True)\nresults = pd.read_sql("SELECT * FROM ${view}", db)`],
  ['DuckDB', `INSTALL sqlite; LOAD sqlite;\nATTACH '${database}' AS tidewheel (TYPE sqlite, READ_ONLY);\nSELECT * FROM tidewheel.${view};`],
  ['curl', `curl -H "Authorization: Bearer $TIDEWHEEL_TOKEN" \\\n  "${location.origin}/api/v1/pipelines/${pipeline}/results?format=csv"`],
];
