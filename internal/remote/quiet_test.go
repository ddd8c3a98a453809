package remote

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
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

// machine lets the source have a running virtual machine, whose agent answers as told.
func machine(source *stock, agent func(command string) (string, int)) {
	source.set(func() {
		source.put("web", nil)
		source.instances["web"].Type, source.instances["web"].StatusCode = "virtual-machine", api.Running
		source.agent = agent
	})
}

func TestAVirtualMachineIsAskedToFreezeItsFileSystemsAndToThawThem(t *testing.T) {
	p, source, _ := newStocks(t, Patience{})
	var scripts []string
	machine(source, func(command string) (string, int) {
		state := source.instances["web"].StatusCode.String()
		switch command {
		case freezeFiles:
			scripts = append(scripts, "freeze while "+state)
		case thawFiles:
			scripts = append(scripts, "thaw while "+state)
		}
		return "", 0
	})
	if warning, err := p.Freeze(t.Context(), web); warning != "" || err != nil {
		t.Fatalf("%q, %v", warning, err)
	}
	source.set(func() {
		if source.instances["web"].StatusCode != api.Frozen {
			t.Error("it is not paused")
		}
	})
	if err := p.Unfreeze(t.Context(), web); err != nil {
		t.Fatal(err)
	}
	source.set(func() {
		if want := []string{"freeze while Running", "thaw while Running"}; !slices.Equal(scripts, want) {
			t.Errorf("its agent was asked to %q, want %q", scripts, want)
		}
		if held := source.instances["web"]; held.StatusCode != api.Running || held.Config[plan.MarkFrozen] != "" {
			t.Errorf("it is %s with the mark %q", held.StatusCode, held.Config[plan.MarkFrozen])
		}
	})
}

func TestAVirtualMachineWithoutAnAgentIsPausedWithAWarning(t *testing.T) {
	p, source, _ := newStocks(t, Patience{})
	p.pace.agent = 50 * time.Millisecond
	machine(source, nil)
	warning, err := p.Freeze(t.Context(), web)
	if !strings.Contains(warning, "it was only paused: run fsfreeze in default/instance/web: VM agent isn't currently running") || err != nil {
		t.Fatalf("%q, %v", warning, err)
	}
	if err := p.Unfreeze(t.Context(), web); err != nil {
		t.Fatal(err)
	}
	source.set(func() {
		if held := source.instances["web"]; held.StatusCode != api.Running || held.Config[plan.MarkFrozen] != "" {
			t.Errorf("it is %s with the mark %q", held.StatusCode, held.Config[plan.MarkFrozen])
		}
	})
}

// File systems that stay frozen are worse than a failed run: the mark stays, and so does the error, until they are thawed.
func TestAVirtualMachineWhoseAgentDoesNotThawIsAFailure(t *testing.T) {
	p, source, _ := newStocks(t, Patience{})
	machine(source, func(command string) (string, int) { return "", map[bool]int{true: 1}[command == thawFiles] })
	if _, err := p.Freeze(t.Context(), web); err != nil {
		t.Fatal(err)
	}
	p.pace.agent = 50 * time.Millisecond
	if err := p.Unfreeze(t.Context(), web); err == nil || !strings.HasPrefix(err.Error(), "thaw the file systems of default/instance/web: ") {
		t.Errorf("%v", err)
	}
	source.set(func() {
		if held := source.instances["web"]; held.StatusCode != api.Running || held.Config[plan.MarkFrozen] != "config-1" {
			t.Errorf("it is %s with the mark %q", held.StatusCode, held.Config[plan.MarkFrozen])
		}
		source.agent = func(string) (string, int) { return "", 0 }
	})
	p.pace.agent = time.Minute
	if err := p.Unfreeze(t.Context(), web); err != nil {
		t.Fatal(err)
	}
}

func TestACommandTellsWhatItHasPrintedAndHowItHasEnded(t *testing.T) {
	p, source, _ := newStocks(t, Patience{})
	machine(source, func(command string) (string, int) { return "said " + command, 3 })
	output, err := p.Exec(t.Context(), web, plan.Command{Name: "preSnapshot[0]", Text: "it"})
	if output != "said it" || err == nil || err.Error() != "run preSnapshot[0] in default/instance/web: it ended with exit status 3" {
		t.Errorf("%q, %v", output, err)
	}
}
