package remote

import "testing"

func TestTheReasonOfAFailedStartIsTheFirstErrorOfTheLog(t *testing.T) {
	for name, c := range map[string]struct{ log, want string }{
		"a container": {`lxc c1 20261129224313.965 WARN     cgfsng - ../src/lxc/cgroups/cgfsng.c:fchowmodat:1619 - No such file or directory - Failed to fchownat
lxc c1 20261129224313.976 ERROR    start - ../src/lxc/start.c:start:2197 - No such file or directory - Failed to exec "/sbin/init"
lxc c1 20261129224313.976 ERROR    sync - ../src/lxc/sync.c:sync_wait:34 - An error occurred in another process (expected sequence number 7)
`, `No such file or directory - Failed to exec "/sbin/init"`},
		"a virtual machine":        {"qemu: warning\nqemu: could not open disk\n\n", "qemu: could not open disk"},
		"an error of another form": {"x ERROR out of memory\n", "out of memory"},
		"nothing":                  {"\n", ""},
	} {
		if got := culprit(c.log); got != c.want {
			t.Errorf("%s: the reason is %q, want %q", name, got, c.want)
		}
	}
}
