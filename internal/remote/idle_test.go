package remote

import (
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

func TestTheIdleProgramIsAnExecutableOfItsArchitecture(t *testing.T) {
	for architecture, idle := range idleCode {
		program, err := idleProgram(architecture)
		if err != nil {
			t.Fatal(err)
		}
		file, err := elf.NewFile(program.(io.ReaderAt))
		if err != nil {
			t.Fatal(err)
		}
		if file.Machine != idle.machine || file.Type != elf.ET_EXEC || len(file.Progs) != 1 || file.Entry < file.Progs[0].Vaddr || file.Entry >= file.Progs[0].Vaddr+file.Progs[0].Memsz {
			t.Errorf("%s: %+v", architecture, file.FileHeader)
		}
	}
	if _, err := idleProgram("pdp11"); err == nil {
		t.Error("there is a program for the PDP-11")
	}
}

// It does nothing until a signal ends it; a crash would be another signal.
func TestTheIdleProgramWaits(t *testing.T) {
	architecture := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	program, err := idleProgram(architecture)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(program)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "idle")
	if err := os.WriteFile(path, data, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended by itself: %s", cmd.ProcessState)
	}
}
