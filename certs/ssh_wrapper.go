package certs

import "strings"

// sshOptions are the options of OpenSSH's client in getopts form, so that the
// wrapper can tell -i from the value of another option.
const sshOptions = "1246ab:c:e:fgi:kl:m:no:p:qstvxAB:CD:E:F:GI:J:KL:MNO:P:Q:R:S:TVw:W:XYy"

// wrapper returns the script that runs the stock ssh client with the configuration
// in dir.
func wrapper(dir string) []byte {
	return []byte(strings.NewReplacer("DIR", shellQuote(dir), "OPTIONS", sshOptions,
		"KEYLESS", keylessConfigName, "CONFIG", configName).Replace(wrapperScript))
}

const wrapperScript = `#!/bin/sh
# The stock ssh client with the key and the host keys of a fakelibvirtd.
dir=DIR
config=CONFIG
while getopts :OPTIONS option; do
	# ssh would offer a key from its configuration beside the one named with -i.
	if [ "$option" = i ]; then config=KEYLESS; fi
done

# This file may be on the PATH itself, under the name of what it looks for.
ssh=
set -f
IFS=:
for place in $PATH; do
	if [ -f "$place/ssh" ] && [ -x "$place/ssh" ] && ! [ "$place/ssh" -ef "$0" ]; then
		ssh=$place/ssh
		break
	fi
done
if [ -z "$ssh" ]; then
	echo "$0: there is no ssh client on the PATH" >&2
	exit 127
fi

# The first value of an option wins: the host key is verified, whatever follows.
exec "$ssh" -F "$dir/$config" -o StrictHostKeyChecking=yes "$@"
`

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
