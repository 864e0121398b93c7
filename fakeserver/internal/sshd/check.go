package sshd

// Check finds mistakes in how a server presents itself and in the methods of its
// logins, as [New] does, where there are no keys yet. A version of "" is the default.
func Check(version string, algorithms Algorithms, methods [][]string) error {
	if version != "" {
		if err := checkVersion(version); err != nil {
			return err
		}
	}
	if err := algorithms.check(nil); err != nil {
		return err
	}
	return (&Auth{Methods: methods}).check()
}
