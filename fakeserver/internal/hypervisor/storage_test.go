package hypervisor

import (
	"slices"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
)

func TestSanitizePath(t *testing.T) {
	for path, want := range map[string]string{
		"":              "",
		"/":             "/",
		"//":            "//",
		"///":           "/",
		"/../foo":       "/../foo",
		"/foo///bar/":   "/foo/bar",
		"//foo//bar":    "//foo/bar",
		"///foo//bar":   "/foo/bar",
		"foo//":         "foo",
		"rbd://a//b":    "rbd://a//b",
		"/x/rbd://a//b": "/x/rbd:/a/b",
	} {
		if got := sanitizePath(path); got != want {
			t.Errorf("sanitizePath(%q) = %q, want %q", path, got, want)
		}
	}
}

// volumeState has an active and an inactive pool with one volume each.
func volumeState(t *testing.T, traits StorageTraits) (s *State, active, inactive StoragePoolRef) {
	t.Helper()
	s = newObjects(ObjectTraits{Storage: traits})
	add := func(name string, running bool) StoragePoolRef {
		ref, err := s.AddStoragePool("<pool type='dir'><name>"+name+"</name><target><path>/"+name+"</path></target></pool>",
			Standing{Active: running, Persistent: true})
		if err != nil {
			t.Fatal(err)
		}
		p, _ := s.pools.get(name)
		p.volumes.add(&storageVol{
			name: "vol", key: name + "-key", path: "/" + name + "/vol", physical: 512, xml: "<volume/>",
			StorageVolInfo: StorageVolInfo{Capacity: 4096, Allocation: 1024},
		})
		return ref
	}
	return s, add("active", true), add("inactive", false)
}

func TestVolumes(t *testing.T) {
	s, active, inactive := volumeState(t, StorageTraits{
		KindTraits: KindTraits{ErrorDomain: FromStorage}, SanitizesPaths: true,
		MissingKey: "no key %s", InactiveListAll: "not active: %s",
	})
	vol := StorageVolRef{Pool: "active", Name: "vol", Key: "active-key"}
	for name, look := range map[string]func() (StorageVolRef, error){
		"by name":         func() (StorageVolRef, error) { return s.StorageVolLookupByName(active, "vol") },
		"by key":          func() (StorageVolRef, error) { return s.StorageVolLookupByKey("active-key") },
		"by path":         func() (StorageVolRef, error) { return s.StorageVolLookupByPath("/active/vol") },
		"by another path": func() (StorageVolRef, error) { return s.StorageVolLookupByPath("/active///vol/") },
	} {
		if got, err := look(); got != vol || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if refs, err := s.StoragePoolListAllVolumes(active, 0); err != nil || !slices.Equal(refs, []StorageVolRef{vol}) {
		t.Errorf("volumes are %v, %v", refs, err)
	}
	if n, err := s.StoragePoolNumOfVolumes(active); n != 1 || err != nil {
		t.Errorf("%d volumes, %v", n, err)
	}
	if names, err := s.StoragePoolListVolumes(active, 5); err != nil || !slices.Equal(names, []string{"vol"}) {
		t.Errorf("names of volumes are %v, %v", names, err)
	}
	if info, err := s.StorageVolGetInfo(vol); err != nil || info.Allocation != 1024 || info.Capacity != 4096 {
		t.Errorf("the volume is %+v, %v", info, err)
	}
	if info, err := s.StorageVolGetInfoFlags(vol, uint32(libvirt.StorageVolGetPhysical)); err != nil || info.Allocation != 512 {
		t.Errorf("on the host the volume is %+v, %v", info, err)
	}
	if pool, err := s.StoragePoolLookupByTargetPath("/active/"); pool != active || err != nil {
		t.Errorf("the pool at /active/ is %v, %v", pool, err)
	}

	invalid := func(detail string) Error {
		return Error{
			Code: libvirt.ErrOperationInvalid, Domain: FromStorage,
			Message: "Requested operation is not valid: " + detail,
			Str1:    "Requested operation is not valid: %s", Str2: detail, Int1: -1, Int2: -1,
		}
	}
	notActive := invalid("storage pool 'inactive' is not active")
	held := StorageVolRef{Pool: "inactive", Name: "vol"}
	for name, c := range map[string]struct {
		err  error
		want Error
	}{
		"look up": {second(s.StorageVolLookupByName(inactive, "vol")), notActive},
		"info":    {second(s.StorageVolGetInfo(held)), notActive},
		"xml":     {second(s.StorageVolGetXMLDesc(held, 0)), notActive},
		"path":    {second(s.StorageVolGetPath(held)), notActive},
		"count":   {second(s.StoragePoolNumOfVolumes(inactive)), notActive},
		"names":   {second(s.StoragePoolListVolumes(inactive, 1)), notActive},
		"all":     {second(s.StoragePoolListAllVolumes(inactive, 0)), invalid("not active: inactive")},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, c.err, c.want) })
	}
	if _, err := s.StorageVolLookupByKey("inactive-key"); err == nil {
		t.Error("found the key of a volume in a pool that does not run")
	}
	if _, err := s.StoragePoolLookupByTargetPath("/inactive"); err == nil {
		t.Error("found the path of a pool that does not run")
	}
}

func TestPoolSizesComeFromTheDocument(t *testing.T) {
	s := newObjects(ObjectTraits{})
	ref, err := s.AddStoragePool("<pool type='dir'><name>p</name><uuid>0123456789abcdef0123456789abcdef</uuid>"+
		"<capacity unit='KiB'>8</capacity><allocation unit='bytes'>192</allocation><available>8000</available></pool>", Standing{})
	if err != nil {
		t.Fatal(err)
	}
	if got := ref.UUID.String(); got != "01234567-89ab-cdef-0123-456789abcdef" {
		t.Errorf("the UUID is %s", got)
	}
	info, err := s.StoragePoolGetInfo(ref)
	want := StoragePoolInfo{State: int32(libvirt.StoragePoolInactive), Capacity: 8192, Allocation: 192, Available: 8000}
	if err != nil || info != want {
		t.Errorf("the pool is %+v, %v", info, err)
	}
}
