package lab

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// closePatience bounds how long Close waits for the kernel to take everything down.
const closePatience = 60 * time.Second

// keepScript runs outside the namespaces, with the lab's record open as descriptor 3. Its arguments are the lab's
// directory, record, bridge and control groups. It lives until the namespaces are gone, whatever made them go, and then
// removes what is left outside. The namespaces don't get the descriptor, so that the record's lock tells whether the
// owner and the keeper live.
const keepScript = `
trap '' HUP INT TERM
dir=$1 record=$2 bridge=$3; shift 3
unshare --fork --kill-child --pid --mount --propagation slave sh -c "$INIT_SCRIPT" init "$@" 3<&-
` + removeScript

// initScript runs as process 1 of the namespaces. It prints its PID as the host counts it, reaps orphans, and ends
// when the owner's end of the pipe on standard input closes. Before that it lets frozen containers go on, which could not even die.
// LXC puts containers below the control group of process 1, less "init.scope", hence that name.
const initScript = `
read -r pid _ </proc/self/stat
for group in "$@"; do echo 0 >"$group/init.scope/cgroup.procs" || exit 1; done
mount -t proc proc /proc || exit 1
echo "$pid"
exec 3<&0 1>&2
cat <&3 >/dev/null &
wait $!
for group in "$@"; do
	find "$group" -name freezer.state 2>/dev/null | while read -r state; do echo THAWED >"$state"; done
	find "$group" -name cgroup.freeze 2>/dev/null | while read -r state; do echo 0 >"$state"; done
done
`

// removeScript removes the lab's bridge, control groups, directory and record, the record last: while it is there, a
// later Start tries again. A control group stays busy for a moment after its last process.
const removeScript = `
test -e "/sys/class/net/$bridge" && ip link delete "$bridge"
for group in "$@"; do
	tries=0
	while test -d "$group" && test $tries -lt 100; do
		find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null
		test -d "$group" && sleep 0.05
		tries=$((tries + 1))
	done
done
rm -rf --one-file-system "$dir" || exit 1
for group in "$@"; do test -d "$group" && echo "$group is busy" >&2 && exit 1; done
rm -f "$record"
`

// keeper is the process that holds a lab's namespaces.
type keeper struct {
	rec   *record
	cmd   *exec.Cmd
	alive io.Closer
	said  *bytes.Buffer
	init  *os.Process // process 1 of the namespaces
}

func startKeeper(ctx context.Context, rec *record) (*keeper, error) {
	groups, err := makeGroups(rec.ID)
	if err != nil {
		return nil, err
	}
	k := &keeper{rec: rec, said: &bytes.Buffer{}}
	k.cmd = exec.Command("sh", append([]string{"-c", keepScript, "keep", rec.Dir, rec.path, rec.bridge()}, groups...)...)
	k.cmd.Env = append(labEnv(rec.Dir), "INIT_SCRIPT="+initScript)
	k.cmd.Dir = "/"
	k.cmd.Stderr = k.said
	k.cmd.WaitDelay = time.Second
	k.cmd.ExtraFiles = []*os.File{rec.file}
	k.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if k.alive, err = k.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start keeper: %w", err)
	}
	out, err := k.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start keeper: %w", err)
	}
	if err := k.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start keeper: %w", err)
	}
	if err := errors.Join(k.meetInit(out), ctx.Err()); err != nil {
		closeErr := k.close()
		return nil, errors.Join(fmt.Errorf("start keeper: %w: %s", err, strings.TrimSpace(k.said.String())), closeErr)
	}
	return k, nil
}

// meetInit waits until process 1 has set itself up.
func (k *keeper) meetInit(out io.Reader) error {
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return errors.New("its namespaces could not be made")
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return fmt.Errorf("read its process number: %w", err)
	}
	if k.init, err = os.FindProcess(pid); err != nil {
		return fmt.Errorf("find its process: %w", err)
	}
	return nil
}

// close ends the namespaces and returns when nothing of the lab is left.
func (k *keeper) close() error {
	k.alive.Close()
	timer := time.AfterFunc(closePatience, func() { k.cmd.Process.Kill() })
	defer timer.Stop()
	if err := k.cmd.Wait(); err != nil {
		return errors.Join(fmt.Errorf("close lab %s: %w: %s", k.rec.Dir, err, strings.TrimSpace(k.said.String())), k.rec.sweep())
	}
	return k.rec.file.Close()
}

// command returns a command that will run inside the namespaces, in a session of its own.
func (k *keeper) command(argv ...string) (*exec.Cmd, error) {
	if err := k.lives(); err != nil {
		return nil, err
	}
	cmd := exec.Command("nsenter", append([]string{"--target", strconv.Itoa(k.init.Pid), "--mount", "--pid", "--"}, argv...)...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd, nil
}

// path is where a file of the lab's mount namespace is seen from outside.
func (k *keeper) path(inside string) (string, error) {
	if err := k.lives(); err != nil {
		return "", err
	}
	return filepath.Join("/proc", strconv.Itoa(k.init.Pid), "root", inside), nil
}

// lives guards every use of the number of process 1, which the kernel may give away once that process is gone.
func (k *keeper) lives() error {
	if err := k.init.Signal(syscall.Signal(0)); err != nil {
		return fmt.Errorf("enter lab %s: it is closed", k.rec.Dir)
	}
	return nil
}

// sweep removes all that the record lists. The caller holds the record's lock.
func (r *record) sweep() error {
	if r.file != nil {
		defer r.file.Close()
	}
	if r.ID == "" || r.Dir == "" {
		// Its owner died before it had anything but this file.
		return os.Remove(r.path)
	}
	groups := groupPaths(r.ID)
	if err := killGroups(groups); err != nil {
		return err
	}
	script := "dir=$1 record=$2 bridge=$3; shift 3\n" + removeScript
	cmd := exec.Command("sh", append([]string{"-c", script, "sweep", r.Dir, r.path, r.bridge()}, groups...)...)
	cmd.Env = labEnv("/")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("remove %s: %w: %s", r.Dir, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// bridge is the name of the lab's bridge, made by CreateNetwork.
func (r *record) bridge() string { return "iab" + r.ID }

// labEnv is the whole environment of the lab's processes.
func labEnv(home string) []string {
	return []string{"HOME=" + home, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"}
}
