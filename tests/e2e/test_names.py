"""Hostile file names reach the script unharmed."""

import os

from harness import E2ETest, sha256

# Gives back the file name as hex of its raw bytes, with the hash of what was read under the path that it was given.
SCRIPT = ["sh", "-c",
          'n=$(printf %s "$2" | od -An -tx1 -v | tr -d " \\n"); echo "name=$n" >> $TIDEWHEEL_OUTPUTS; '
          'h=$(sha256sum < "$1"); echo "sha=${h%% *}" >> $TIDEWHEEL_OUTPUTS', "sh", "${input.path}", "${input.name}"]
NAMES = [
    b"plain.csv", b"with space.csv", b"new\nline.csv", b"tab\there", b"it's \"quoted\".csv", b"$(touch pwned) `id` $HOME.csv", b";rm -rf ~;",
    b"-rf", b"--help", b"*?[a].csv", b"comma,colon:semi;.csv", b"back\\slash", "ümläut-日本-🦀.csv".encode(), b"latin1-\xfc\xff.csv",
    b"\x01\x02\x7f", b"x" * 251 + b".csv", b"\xff" * 255, b"%41%00", b"${input.path}", b" leading and trailing ",
]


class Names(E2ETest):
    def test_every_name_reaches_the_script_byte_by_byte(self):
        d = self.daemon().start()
        script = [part.replace("${h%% *}", "$${h%% *}") for part in SCRIPT]
        d.pipeline("names", script, extra="outputs: {name: {type: string}, sha: {type: string}}\n", settle="0s")
        for i, name in enumerate(NAMES):
            d.put(name, b"content %d" % i)
        runs = d.wait_runs(len(NAMES), seconds=90)
        self.assertEqual({(r["state"], r["reason"]) for r in runs}, {("succeeded", "exit_zero")}, d.log()[-3000:])
        got = {r["name"]: r["sha"] for r in d.sql("SELECT name, sha FROM v1_p_names_history")}
        self.assertEqual(got, {name.hex(): sha256(b"content %d" % i) for i, name in enumerate(NAMES)})
        raw = {bytes(r["key_raw"]) for r in d.sql("SELECT key_raw FROM v1_inputs")}
        self.assertEqual(raw, set(NAMES))
        for command in (["runs"], ["--json", "runs"], ["why", os.path.join(os.fsencode(d.data), b"latin1-\xfc\xff.csv")]):
            self.assertEqual(d.cli_code(*command), 0, command)
