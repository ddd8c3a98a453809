package remote

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fsfreeze plays what a virtual machine would run, with a program of that name that only notes how it was called, and fails for one mount.
func fsfreeze(t *testing.T, script, mounts, fails string) (calls []string, err error) {
	t.Helper()
	dir := t.TempDir()
	noted, table := filepath.Join(dir, "calls"), filepath.Join(dir, "mounts")
	program := "#!/bin/sh\necho \"$*\" >>" + noted + "\n[ \"$*\" != '" + fails + "' ]\n"
	for path, content := range map[string]string{filepath.Join(dir, "fsfreeze"): program, table: mounts} {
		if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("/bin/sh", "-c", strings.ReplaceAll(script, "/proc/self/mounts", table))
	cmd.Env = []string{"PATH=" + dir + ":/usr/bin:/bin"}
	err = cmd.Run()
	data, _ := os.ReadFile(noted)
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"), err
}

const someMounts = `proc /proc proc rw 0 0
/dev/sda2 / ext4 rw,relatime 0 0
/dev/sda2 /bound ext4 rw,relatime 0 0
/dev/sdb1 /srv/with\040blank xfs rw 0 0
/dev/sr0 /cdrom iso9660 ro 0 0
/dev/sdc1 /archive btrfs ro,relatime 0 0
tmpfs /run tmpfs rw 0 0
`

func TestAVirtualMachineFreezesEachFileSystemThatItWritesToOnce(t *testing.T) {
	calls, err := fsfreeze(t, freezeFiles, someMounts, "")
	if want := []string{"-f /", "-f /srv/with blank"}; !slices.Equal(calls, want) || err != nil {
		t.Errorf("calls %q, want %q; %v", calls, want, err)
	}
	calls, err = fsfreeze(t, thawFiles, someMounts, "-u /")
	if want := []string{"-u /", "-u /srv/with blank"}; !slices.Equal(calls, want) || err != nil {
		t.Errorf("calls %q, want %q; %v", calls, want, err)
	}
}

func TestAVirtualMachineThatCannotFreezeAllThawsWhatItHasFrozen(t *testing.T) {
	calls, err := fsfreeze(t, freezeFiles, someMounts, "-f /srv/with blank")
	if want := []string{"-f /", "-f /srv/with blank", "-u /", "-u /srv/with blank"}; !slices.Equal(calls, want) || err == nil {
		t.Errorf("calls %q, want %q; %v", calls, want, err)
	}
}
