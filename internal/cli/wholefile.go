package cli

import (
	"os"
	"path/filepath"
)

// checkDestination refuses a file that can't be written before anything is done for it.
func checkDestination(flag, path string) error {
	dir := filepath.Dir(path)
	switch info, err := os.Stat(dir); {
	case err != nil:
		return usage("make the directory, or name another file", "read %s: the directory %s can't be used: %s", flag, dir, plainCause(err))
	case !info.IsDir():
		return usage("name a file in a directory", "read %s: %s is no directory", flag, dir)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return usage("name a file in it", "read %s: %s is a directory", flag, path)
	}
	return nil
}

// writeWhole replaces a file in one step, so that nobody reads half of it. Everybody may read it.
func writeWhole(path string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".iab-*")
	if err != nil {
		return unwritten(path, err)
	}
	_, err = temp.Write(data)
	if err == nil {
		err = temp.Chmod(0o644)
	}
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return unwritten(path, err)
	}
	return nil
}

func unwritten(path string, err error) error {
	return usage("check the owner and the modes of the directory, and whether there is room", "write %s: %s", path, plainCause(err))
}

// plainCause is why the operating system refuses, in words of ours where its own are a programmer's.
func plainCause(err error) string {
	if os.IsNotExist(err) {
		return "it does not exist"
	}
	return cause(err).Error()
}
