package retry

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/sumdb/dirhash"
)

// A damage is something wrong in the cache. heal removes or replaces it, under
// the lock, and says which.
type damage struct {
	path, what string
	loses      bool // what is removed has to be fetched again
	heal       func() (action string, err error)
}

// remove is the cure of what go can fetch again. A directory in the place of a
// file goes too, if it is empty.
func remove(path, what string) damage {
	return damage{path, what, true, func() (string, error) { return "deleted", os.Remove(path) }}
}

// look verifies everything that is there. Its error is about what could not be
// read, for another reason than damage.
func (v *version) look(ctx context.Context) (found []damage, err error) {
	found = v.lookLock()
	for _, part := range []func() ([]damage, error){v.lookInfo, v.lookMod, v.lookContent} {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		damaged, err := part()
		if err != nil {
			return nil, err
		}
		found = append(found, damaged...)
	}
	return found, nil
}

// lookLock finds a directory in the place of the lock file. Whatever else is
// there, go can lock.
func (v *version) lookLock() []damage {
	name := v.base + ".lock"
	if fi, err := os.Stat(name); err == nil && fi.IsDir() {
		return []damage{remove(name, "is a directory")}
	}
	return nil
}

// readCached reads a file of the cache. ok is false if there is nothing to
// judge: the file is absent, or no file, which is damage, or cannot be read,
// which is an error.
func readCached(name string) (data []byte, ok bool, damaged []damage, err error) {
	fi, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil, nil
	}
	if err != nil {
		return nil, false, nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, false, []damage{remove(name, "is not a file")}, nil
	}
	data, err = os.ReadFile(name)
	return data, err == nil, nil, err
}

// lookInfo judges the .info file. go would ask for it again by itself, but a
// GOPROXY made from the cache would serve it.
func (v *version) lookInfo() ([]damage, error) {
	name := v.base + ".info"
	data, ok, damaged, err := readCached(name)
	if !ok {
		return damaged, err
	}
	var info struct{ Version string }
	if err := json.Unmarshal(data, &info); err != nil {
		return []damage{remove(name, "is not JSON: "+err.Error())}, nil
	}
	if info.Version != v.mod.Version {
		return []damage{remove(name, fmt.Sprintf("is for version %q", info.Version))}, nil
	}
	return nil, nil
}

// lookMod judges the .mod file by go.sum, and where that is silent by whether
// go could use it at all.
func (v *version) lookMod() ([]damage, error) {
	name := v.base + ".mod"
	data, ok, damaged, err := readCached(name)
	if !ok {
		return damaged, err
	}
	if len(v.modSums) == 0 {
		if f, err := modfile.ParseLax("go.mod", data, nil); err != nil || f.Module == nil {
			return []damage{remove(name, "is not a go.mod file")}, nil
		}
		return nil, nil
	}
	sum, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	})
	if err != nil {
		return nil, err
	}
	if !slices.Contains(v.modSums, sum) && !v.inZip(data) {
		return []damage{remove(name, fmt.Sprintf("has the hash %s, go.sum has %s", sum, v.modSums[0]))}, nil
	}
	return nil, nil
}

// inZip reports whether the .zip beside it, if there is a sound one, has the
// same go.mod: then it is go.sum that is at odds with the cache.
func (v *version) inZip(mod []byte) bool {
	z, err := zip.OpenReader(v.zipName())
	if err != nil {
		return false
	}
	defer z.Close()
	f, err := z.Open(v.mod.String() + "/go.mod")
	if err != nil {
		return false
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	return err == nil && bytes.Equal(data, mod)
}

// zipSum returns the hash of the .zip; "" if it is absent or, as broken then
// tells, no usable zip file.
func (v *version) zipSum() (sum, broken string, err error) {
	fi, err := os.Stat(v.zipName())
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	if !fi.Mode().IsRegular() {
		return "", "is not a file", nil
	}
	sum, err = dirhash.HashZip(v.zipName(), dirhash.Hash1)
	if errors.Is(err, fs.ErrPermission) {
		return "", "", err
	}
	if err != nil {
		return "", err.Error(), nil
	}
	z, err := zip.OpenReader(v.zipName())
	if err != nil {
		return "", "", err
	}
	defer z.Close()
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, v.mod.String()+"/") {
			return "", fmt.Sprintf("is the zip file of something else: it holds %q", f.Name), nil
		}
	}
	return sum, "", nil
}

// ziphashText returns the text of the .ziphash. A malformed one is present, and "".
func (v *version) ziphashText() (sum string, present bool, damaged []damage, err error) {
	data, ok, damaged, err := readCached(v.base + ".ziphash")
	if !ok {
		return "", false, damaged, err
	}
	if sum := strings.TrimSpace(string(data)); validSum(sum) {
		return sum, true, nil, nil
	}
	return "", true, nil, nil
}

// validSum reports whether s has the form of a hash, "h1:" and the base64 of a sha256.
func validSum(s string) bool {
	b64, ok := strings.CutPrefix(s, "h1:")
	sum, err := base64.StdEncoding.DecodeString(b64)
	return ok && err == nil && len(sum) == 32
}
