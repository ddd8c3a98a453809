//go:build e2e

package lab

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lxc/incus/v6/shared/api"
	"golang.org/x/sys/unix"
)

// ownerVariable makes the test binary a program that starts a lab, reports it, and waits to be killed.
const ownerVariable = "IAB_LAB_OWNER"

func TestMain(m *testing.M) {
	if os.Getenv(ownerVariable) == "" {
		os.Exit(m.Run())
	}
	if err := own(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// ownerReport is what the owner prints when its lab is in full swing.
type ownerReport struct {
	ID, Dir, Record string
	Keeper          int
}

func own(ctx context.Context) error {
	l, err := Start(ctx, Options{})
	if err != nil {
		return err
	}
	d := l.Source()
	if err := errors.Join(d.CreatePool("local", "btrfs", ""), d.ImportImage(ctx), d.CreateNetwork("net")); err != nil {
		return err
	}
	if err := d.Launch(ctx, InstanceSpec{Name: "c1", Pool: "local"}); err != nil {
		return err
	}
	// One that is frozen does not even die.
	if err := d.Launch(ctx, InstanceSpec{Name: "c2", Pool: "local"}); err != nil {
		return err
	}
	op, err := d.Client().UpdateInstanceState("c2", api.InstanceStatePut{Action: "freeze", Timeout: -1}, "")
	if err := await(ctx, op, err, "freeze c2"); err != nil {
		return err
	}
	rec := l.keeper.rec
	if err := json.NewEncoder(os.Stdout).Encode(ownerReport{rec.ID, rec.Dir, rec.path, l.keeper.cmd.Process.Pid}); err != nil {
		return err
	}
	time.Sleep(time.Hour)
	return errors.New("wait to be killed: nobody did")
}

// startOwner runs an owner in a process of its own, in a session that is not ours.
func startOwner(t *testing.T) (*exec.Cmd, *record, int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), ownerVariable+"=1")
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	var r ownerReport
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&r); err != nil {
		t.Fatalf("the owner reported nothing: %v", err)
	}
	return cmd, &record{ID: r.ID, Dir: r.Dir, path: r.Record}, r.Keeper
}

func TestNothingOutlivesAKilledOwner(t *testing.T) {
	owner, rec, _ := startOwner(t)
	wantAllKinds(t, rec)
	begin := time.Now()
	owner.Process.Kill()
	owner.Wait()
	awaitNothing(t, rec)
	t.Logf("all gone %v after the kill", time.Since(begin))
}

func TestNextStartSweepsALabWhoseKeeperWasKilledToo(t *testing.T) {
	owner, rec, keeper := startOwner(t)
	// A stopped init can't notice that its owner died, so the daemons and containers live on.
	for _, group := range groupPaths(rec.ID) {
		for _, pid := range groupPIDs([]string{filepath.Join(group, "init.scope")}) {
			if err := unix.Kill(pid, unix.SIGSTOP); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := unix.Kill(keeper, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	owner.Process.Kill()
	owner.Wait()
	wantAllKinds(t, rec)
	New(t, Options{Daemons: 1})
	awaitNothing(t, rec)
}

func TestAKilledKeeperIsASentenceAndCloseStillCleans(t *testing.T) {
	l, err := Start(t.Context(), Options{Daemons: 1})
	if err != nil {
		t.Fatal(err)
	}
	rec := l.keeper.rec
	if err := errors.Join(l.Source().CreatePool("local", "btrfs", ""), l.Source().CreateNetwork("net")); err != nil {
		t.Fatal(err)
	}
	if err := l.keeper.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err == nil {
		t.Error("closing a lab without a keeper reported nothing")
	}
	awaitNothing(t, rec)
	if err := l.Source().Start(t.Context()); err == nil {
		t.Error("a daemon of a closed lab started")
	}
	awaitNothing(t, rec)
}

func TestAStartThatFailsSaysWhyAndLeavesNothing(t *testing.T) {
	dir := tempLabDir(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err := Start(ctx, Options{Dir: dir, Addresses: []string{"192.0.2.1:8443"}})
	if err == nil || !strings.Contains(err.Error(), "set address 192.0.2.1:8443") {
		t.Errorf("an address that this machine does not have: %v", err)
	}
	if exists(dir) {
		t.Error("the directory is still there")
	}
}
