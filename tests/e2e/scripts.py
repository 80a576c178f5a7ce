"""Command lines that the tests' pipelines run in the busybox image. `$1` is the input: a template leaves any other `$` alone."""

# Prints the SHA-256 of what it read and gives it back as an output.
HASH = ["sh", "-c", 'set -- "$1" $(sha256sum < "$1"); echo "sha256 $2"; echo "sha=$2" >> $TIDEWHEEL_OUTPUTS', "sh", "${input.path}"]

# The same, but takes SECONDS first.
def slow_hash(seconds):
    return ["sh", "-c", 'echo begun; sleep %s; set -- "$1" $(sha256sum < "$1"); echo "sha256 $2"; echo "sha=$2" >> $TIDEWHEEL_OUTPUTS' % seconds,
            "sh", "${input.path}"]

SHA_OUTPUT = "outputs: {sha: {type: string}}\n"
