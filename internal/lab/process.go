package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	incus "github.com/lxc/incus/v6/client"
	"golang.org/x/sys/unix"
)

const (
	readyPatience = 60 * time.Second
	stopPatience  = 30 * time.Second
	pollEvery     = 10 * time.Millisecond
)

// launch starts the process.
func (d *Daemon) launch() error {
	cmd, err := d.lab.keeper.command(incusdPath(), "--group", "root")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.Dir, 0o711); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	log, err := os.OpenFile(d.LogFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	defer log.Close()
	// AppArmor profiles would stay in the kernel when the lab is gone.
	cmd.Env = append(labEnv(d.lab.Dir), "INCUS_DIR="+d.Dir, "INCUS_SECURITY_APPARMOR=false")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go d.watch(cmd, ended)
	pid, err := onlyChild(cmd.Process.Pid, ended)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-ended:
		return errors.New("it ended at once")
	default:
		d.pid, d.ended = pid, ended
		return nil
	}
}

// watch notes the end of the process, which nsenter shares.
func (d *Daemon) watch(cmd *exec.Cmd, ended chan struct{}) {
	cmd.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pid = 0
	close(ended)
}

// onlyChild waits for the process that nsenter forks into the PID namespace.
func onlyChild(parent int, ended <-chan struct{}) (int, error) {
	path := fmt.Sprintf("/proc/%d/task/%d/children", parent, parent)
	for {
		data, err := os.ReadFile(path)
		if pid, convErr := strconv.Atoi(strings.TrimSpace(string(data))); err == nil && convErr == nil {
			return pid, nil
		}
		select {
		case <-ended:
			return 0, errors.New("it ended at once")
		case <-time.After(time.Millisecond):
		}
	}
}

// awaitReady connects, sets the address on the first start, and returns when the daemon has finished its own start.
func (d *Daemon) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	d.mu.Lock()
	ended := d.ended
	d.mu.Unlock()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := d.connect()
		if err == nil {
			return nil
		}
		select {
		case <-ended:
			return errors.New("it ended before it was ready")
		case <-ctx.Done():
			return fmt.Errorf("wait until ready: %w: %w", ctx.Err(), err)
		case <-tick.C:
		}
	}
}

func (d *Daemon) connect() error {
	client, err := incus.ConnectIncusUnix(d.Socket(), &incus.ConnectionArgs{SkipGetEvents: true})
	if err != nil {
		return err
	}
	if _, _, err := client.RawQuery("GET", "/internal/ready", nil, ""); err != nil {
		return err
	}
	server, etag, err := client.GetServer()
	if err != nil {
		return err
	}
	if server.Config["core.https_address"] != d.address {
		put := server.Writable()
		put.Config["core.https_address"] = d.address
		if err := client.UpdateServer(put, etag); err != nil {
			return fmt.Errorf("set address %s: %w", d.address, err)
		}
	}
	conn, err := net.Dial("tcp", d.address)
	if err != nil {
		return fmt.Errorf("reach address: %w", err)
	}
	conn.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.client = client
	return nil
}

// end signals the daemon and returns when it is gone.
func (d *Daemon) end(signal unix.Signal) error {
	d.mu.Lock()
	pid, ended := d.pid, d.ended
	d.mu.Unlock()
	if pid == 0 {
		return nil
	}
	if err := unix.Kill(pid, signal); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("stop daemon %s: %w", d.Name, err)
	}
	select {
	case <-ended:
		return nil
	case <-time.After(stopPatience):
		return fmt.Errorf("stop daemon %s: process %d is still there after %s", d.Name, pid, stopPatience)
	}
}

// awaitEnd returns when the process has been reaped; the lab's namespaces are already gone.
func (d *Daemon) awaitEnd() {
	d.mu.Lock()
	ended := d.ended
	d.mu.Unlock()
	if ended != nil {
		<-ended
	}
}
