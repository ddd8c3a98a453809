package lab

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// machineRecords is the registry that all programs on this machine share.
const machineRecords = "/run/iablab"

// registry is a directory with one locked record per lab.
type registry struct{ dir string }

// record says what a lab owns. The owner and the keeper's parent share one lock on its file, so the lock is free
// exactly when both are dead, and then whoever gets it may remove what the record lists.
type record struct {
	ID        string
	Dir       string
	Addresses []string

	path string
	file *os.File
}

// reserve removes what dead labs left, and writes and locks the record of a new lab with a directory and addresses that
// no live lab has.
func (g registry) reserve(opts Options, n int) (*record, error) {
	unlock, err := g.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	live, err := g.janitor()
	if err != nil {
		return nil, err
	}
	addresses := opts.Addresses
	if len(addresses) == 0 {
		if addresses, err = freeAddresses(live, n, opts.SharedIP); err != nil {
			return nil, err
		}
	}
	dir, err := makeDir(opts.Dir)
	if err != nil {
		return nil, err
	}
	rec := &record{ID: strings.ToLower(rand.Text()[:10]), Dir: dir, Addresses: addresses}
	if err := g.save(rec); err != nil {
		return nil, errors.Join(err, rec.sweep())
	}
	return rec, nil
}

// lock keeps other programs from starting or sweeping labs until unlock is called.
func (g registry) lock() (unlock func(), err error) {
	if err := os.MkdirAll(g.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make record directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(g.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open record lock: %w", err)
	}
	if err := flock(f, unix.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock records: %w", err)
	}
	return func() { f.Close() }, nil
}

// save writes the record and takes its lock.
func (g registry) save(r *record) error {
	r.path = filepath.Join(g.dir, r.ID+".json")
	f, err := os.OpenFile(r.path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	r.file = f
	if err := flock(f, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return fmt.Errorf("lock record: %w", err)
	}
	if err := json.NewEncoder(f).Encode(r); err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	return nil
}

// janitor sweeps the labs whose owner and keeper are both dead and returns the records of the others. The caller
// holds the lock on all records.
func (g registry) janitor() (live []*record, err error) {
	paths, err := filepath.Glob(filepath.Join(g.dir, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list records: %w", err)
	}
	for _, path := range paths {
		rec, dead, err := openRecord(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			return nil, err
		case dead:
			if err := rec.sweep(); err != nil {
				return nil, fmt.Errorf("remove dead lab %s: %w", rec.Dir, err)
			}
		default:
			live = append(live, rec)
		}
	}
	return live, nil
}

// openRecord reads a record; when dead is true the caller has its lock.
func openRecord(path string) (rec *record, dead bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, false, fmt.Errorf("read record: %w", err)
	}
	rec = &record{path: path, file: f}
	dead = flock(f, unix.LOCK_EX|unix.LOCK_NB) == nil
	if err := json.NewDecoder(f).Decode(rec); err != nil && !dead {
		f.Close()
		return nil, false, fmt.Errorf("read record %s: %w", path, err)
	}
	if !dead {
		f.Close()
		rec.file = nil
	}
	return rec, dead, nil
}

// freeAddresses picks n loopback addresses that neither a live lab nor any other listener has: an IP each and one port,
// or one IP and ports that count up.
func freeAddresses(live []*record, n int, sharedIP bool) ([]string, error) {
	taken := map[string]bool{}
	for _, rec := range live {
		for _, a := range rec.Addresses {
			host, _, _ := net.SplitHostPort(a)
			taken[host] = true
		}
	}
	perIP := 1
	if sharedIP {
		perIP = n
	}
	var found []string
	for i := 0; i < 200*250 && len(found) < n; i++ {
		host := fmt.Sprintf("127.91.%d.%d", i/250, 1+i%250)
		if !taken[host] {
			found = append(found, freePorts(host, perIP)...)
		}
	}
	if len(found) < n {
		return nil, errors.New("find loopback addresses: none is free")
	}
	return found, nil
}

// freePorts returns host with the n ports from 8443 on, or nothing when one of them is in use.
func freePorts(host string, n int) []string {
	var addresses []string
	for port := 8443; port < 8443+n; port++ {
		a := net.JoinHostPort(host, strconv.Itoa(port))
		l, err := net.Listen("tcp", a)
		if err != nil {
			return nil
		}
		_ = l.Close()
		addresses = append(addresses, a)
	}
	return addresses
}

func flock(f *os.File, how int) error {
	for {
		err := unix.Flock(int(f.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
