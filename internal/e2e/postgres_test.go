//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
)

// databaseInit keeps the write-ahead log on one volume and a tablespace on another one, and runs the server until it is told to go. As a
// service manager does, it starts one again that has ended: a server refuses its data while some process of its user, a client's too, has
// the number that it had itself when the snapshot was taken.
const databaseInit = `#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
bin=$(echo /usr/lib/postgresql/*/bin)
data=$(echo /var/lib/postgresql/*/main)
conf=$(echo /etc/postgresql/*/main/postgresql.conf)
mkdir -p /run/postgresql
chown postgres: /run/postgresql
if [ ! -L $data/pg_wal ]; then
	mv $data/pg_wal /wal/pg_wal
	ln -s /wal/pg_wal $data/pg_wal
	mkdir /space/data
	chown -R postgres: /wal /space
fi
trap 'kill -INT $pid; wait $pid; exit 0' PWR TERM
while :; do
	runuser -u postgres -- $bin/postgres -D $data -c config_file=$conf -c jit=off -c listen_addresses= -c ssl=off \
		-c shared_buffers=16MB -c dynamic_shared_memory_type=mmap -c shared_memory_type=mmap >>/var/log/database 2>&1 &
	pid=$!
	wait $pid
	sleep 1
done
`

// databaseSchema is a table on the root disk, and one in the tablespace.
var databaseSchema = []string{"create tablespace space location '/space/data'", "create table rows (n bigint primary key, filler text)",
	"create table elsewhere (n bigint primary key, filler text) tablespace space"}

// rootFS is the root file system with PostgreSQL, made once on each machine.
func rootFS(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	release, err := exec.Command("sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME").Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(cache, "iab-lab", "postgresql-"+strings.TrimSpace(string(release))+".tar")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if out, err := exec.CommandContext(t.Context(), "../../.ci/postgres-rootfs", path).CombinedOutput(); err != nil {
		t.Fatalf("make a Debian root file system with PostgreSQL: %v\n%s", err, out)
	}
	return path
}

// client is a client of the database that works outside of it: it commits one row after the other, and notes which commits were
// confirmed, and when.
type client struct {
	mu        sync.Mutex
	rest      []byte
	confirmed []confirmation
}

type confirmation struct {
	row int
	at  time.Time
}

// Write takes what the database has confirmed.
func (c *client) Write(data []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rest = append(c.rest, data...)
	for {
		line, rest, whole := bytes.Cut(c.rest, []byte("\n"))
		if !whole {
			return len(data), nil
		}
		c.rest = append([]byte(nil), rest...)
		if row, err := strconv.Atoi(string(line)); err == nil {
			c.confirmed = append(c.confirmed, confirmation{row, time.Now()})
		}
	}
}

// until is the last row that was confirmed before a moment.
func (c *client) until(at time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := 0
	for _, one := range c.confirmed {
		if one.at.Before(at) {
			last = max(last, one.row)
		}
	}
	return last
}

// load begins to write into both tables, one transaction per row, and returns the client.
func (f *fixture) load(name string) *client {
	f.Helper()
	const script = `exec 2>&1; i=0; while :; do i=$((i+1)); printf "begin; insert into rows values (%d, repeat(md5('%d'), 8)); insert into elsewhere values (%d, repeat(md5('%d'), 8)); commit;\n\\\\echo %d\n" $i $i $i $i $i; done | runuser -u postgres -- stdbuf -oL psql -qX -v ON_ERROR_STOP=1`
	c := &client{}
	_, err := f.source.Project(f.project).ExecInstance(name, api.InstanceExecPost{Command: []string{"/bin/sh", "-c", script}, WaitForWS: true},
		&incus.InstanceExecArgs{Stdout: c, Stderr: c})
	f.must(err)
	f.until("the database has confirmed some rows", func() bool { return c.until(time.Now()) > 50 })
	return c
}

func (f *fixture) sql(name, query string) (string, error) {
	out, err := f.source.Exec(f.Context(), f.project, name, "runuser", "-u", "postgres", "--", "psql", "-qtAX", "-c", query)
	return strings.TrimSpace(out), err
}

// TestPostgreSQLLosesNoCommittedRow tries the recipe of docs/consistency.md: a database with its write-ahead log and a tablespace on
// volumes of different pools, backed up under load; each restore point starts by itself and has every row that was confirmed before it.
func TestPostgreSQLLosesNoCommittedRow(t *testing.T) {
	f := scenario(t)
	alias := "postgresql-" + f.project
	f.must(f.source.ImportRootFS(t.Context(), alias, rootFS(t)))
	wal, space := f.disk("local", "wal", ""), f.disk("plain", "space", "")
	db := f.containerOf(lab.InstanceSpec{Name: "db", Pool: "local", Image: alias, Devices: map[string]map[string]string{
		"wal":   {"type": "disk", "pool": "local", "source": wal.Name, "path": "/wal"},
		"space": {"type": "disk", "pool": "plain", "source": space.Name, "path": "/space"},
	}}, "")
	t.Cleanup(func() {
		if t.Failed() {
			said, err := f.source.ReadFile(f.project, "db", "/var/log/database")
			t.Logf("the database says (%v):\n%s", err, said[max(0, len(said)-4000):])
		}
	})
	f.first(db, databaseInit)
	f.until("the database is ready", func() bool { _, err := f.sql("db", "select 1"); return err == nil })
	for _, statement := range databaseSchema {
		_, err := f.sql("db", statement)
		f.must(err)
	}
	f.configure(object{"projects": []object{withConsistency(project(f.project, "push", db, wal, space), object{"consistency": "freeze",
		"preSnapshot": []string{"runuser -u postgres -- psql -qc CHECKPOINT"}})}})

	c := f.load("db")
	var names []string
	for range 3 {
		before := c.until(time.Now())
		names = append(names, f.run().ok().of(db).Snapshot)
		f.until("the database goes on", func() bool { return c.until(time.Now()) > before+50 })
	}
	for _, name := range names {
		snapshot, _, err := f.source.Project(f.project).GetInstanceSnapshot("db", name)
		f.must(err)
		op, err := f.source.Project(f.project).UpdateInstanceState("db", api.InstanceStatePut{Action: "stop", Force: true, Timeout: -1}, "")
		f.must(err)
		f.must(op.Wait())
		f.iab("restore", db.String(), "--in-place", "--at", name, "--with-volumes", "--start", "--yes").ok()
		f.until("the database has recovered", func() bool { _, err := f.sql("db", "select 1"); return err == nil })
		confirmed := c.until(snapshot.CreatedAt)
		for _, table := range []string{"rows", "elsewhere"} {
			got, err := f.sql("db", "select count(*), coalesce(max(n), 0), count(*) filter (where filler <> repeat(md5(n::text), 8)) from "+table)
			f.must(err)
			var count, last, damaged int
			if _, err := fmt.Sscanf(got, "%d|%d|%d", &count, &last, &damaged); err != nil {
				t.Fatalf("%q: %v", got, err)
			}
			if count != last || last < confirmed || damaged > 0 || confirmed == 0 {
				t.Errorf("%s of %s has %d rows up to %d, %d damaged; %d were confirmed before", table, name, count, last, damaged, confirmed)
			}
			t.Logf("%s of %s has rows up to %d, %d were confirmed before its snapshot", table, name, last, confirmed)
		}
	}
}
