/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents and identities, byte for byte. Whether libvirt accepts them, program.sh asks. */
#include "document.h"
#include "identity.h"
#include "test.h"

static plan machine;
static settings how;

static void make_machine(void)
{
    settings_default(&how);
    memset(&machine, 0, sizeof machine);
    qubes_domain *domain = &machine.domain;
    strcpy(domain->name, "work");
    strcpy(domain->guest_os, "linux");
    domain->id = 0x1a;
    domain->memory_mb = 1025;
    domain->vcpus = 2;
    domain->secure_boot = true;
    strcpy(machine.firmware, "/q/firmware.fd");
    machine.disk_count = 2;
    strcpy(machine.disks[0].path, "/q/root.qcow2");
    strcpy(machine.disks[1].path, "/q/a '\"<&>%.qcow2");
}

static void a_machine_has_only_what_a_domain_needs(void)
{
    xml out;
    make_machine();
    document_machine(&machine, &how, &out);
    CHECK_TEXT(out.text,
               "<domain type='kvm'>\n"
               "  <name>qubes-work</name>\n"
               "  <uuid>0000001a-7175-4265-8000-000000000001</uuid>\n"
               "  <memory unit='MiB'>1025</memory>\n"
               "  <memoryBacking><nosharepages/></memoryBacking>\n"
               "  <vcpu placement='static'>2</vcpu>\n"
               "  <sysinfo type='smbios'><chassis><entry name='asset'>qubes:26:work</entry></chassis></sysinfo>\n"
               "  <os firmware='efi'>\n"
               "    <type arch='x86_64' machine='q35'>hvm</type>\n"
               "    <firmware><feature enabled='yes' name='enrolled-keys'/><feature enabled='yes' name='secure-boot'/>"
               "</firmware>\n"
               "    <nvram>/q/firmware.fd</nvram>\n"
               "    <smbios mode='sysinfo'/>\n"
               "  </os>\n"
               "  <features><acpi/><apic/><pmu state='off'/><vmport state='off'/><smm state='on'/></features>\n"
               "  <cpu mode='host-passthrough' check='none' migratable='off'>"
               "<feature policy='disable' name='vmx'/><feature policy='disable' name='svm'/></cpu>\n"
               "  <clock offset='utc'><timer name='hpet' present='no'/></clock>\n"
               "  <on_poweroff>destroy</on_poweroff>\n"
               "  <on_reboot>destroy</on_reboot>\n"
               "  <on_crash>destroy</on_crash>\n"
               "  <devices>\n"
               "    <disk type='file' device='disk'>\n"
               "      <driver name='qemu' type='qcow2' discard='unmap'/>\n"
               "      <source file='/q/root.qcow2'/>\n"
               "      <target dev='vda' bus='virtio'/>\n"
               "      <boot order='1'/>\n"
               "    </disk>\n"
               "    <disk type='file' device='disk'>\n"
               "      <driver name='qemu' type='qcow2' discard='unmap'/>\n"
               "      <source file='/q/a &apos;&quot;&lt;&amp;&gt;%.qcow2'/>\n"
               "      <target dev='vdb' bus='virtio'/>\n"
               "    </disk>\n"
               "    <vsock model='virtio'><cid auto='no' address='65562'/></vsock>\n"
               "    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>\n"
               "    <controller type='usb' model='none'/>\n"
               "    <video><model type='none'/></video>\n"
               "    <audio id='1' type='none'/>\n"
               "    <memballoon model='none'/>\n"
               "  </devices>\n"
               "  <seclabel type='dynamic' model='apparmor' relabel='yes'/>\n"
               "</domain>\n");
    CHECK(!out.failed);
    xml_free(&out);
}

static void no_network_and_no_other_device_comes_by_itself(void)
{
    static const char *const never[] = {"<interface", "<graphics", "<channel", "<serial",  "<console", "<input",
                                        "<filesystem", "<hostdev", "<redirdev", "<smartcard", "<shmem", "<tpm"};
    xml out;
    make_machine();
    document_machine(&machine, &how, &out);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        CHECK(strstr(out.text, never[i]) == NULL);
    xml_free(&out);
}

/* How often `part` is in a machine that `how` and `machine` make. */
static unsigned count(const char *part)
{
    unsigned found = 0;
    xml out;
    document_machine(&machine, &how, &out);
    for (const char *at = out.text; (at = strstr(at, part)) != NULL; at++)
        found++;
    xml_free(&out);
    return found;
}

static void a_domain_meets_its_netvm_and_nobody_else(void)
{
    make_machine();
    machine.has_netvm = true;
    machine.netvm = 7;
    CHECK(count("<interface") == 1);
    CHECK(count("      <mac address='00:16:3e:5e:00:1a'/>\n      <source network='qubes-net-7'/>\n"
                "      <port isolated='yes'/>\n") == 1);
}

static void a_netvm_has_an_uplink_and_a_network_of_its_own(void)
{
    make_machine();
    machine.domain.provides_network = machine.has_uplink = true;
    strcpy(how.uplink, "outside");
    CHECK(count("<interface") == 2);
    CHECK(count("      <mac address='00:16:3e:5e:00:1a'/>\n      <source network='outside'/>\n") == 1);
    CHECK(count("      <mac address='00:16:3e:5f:00:1a'/>\n      <source network='qubes-net-26'/>\n") == 1);
    CHECK(count("isolated") == 0);
    machine.has_uplink = false; /* a firewall between two others */
    machine.has_netvm = true;
    machine.netvm = 7;
    CHECK(count("<source network='outside'/>") == 0);
    CHECK(count("<source network='qubes-net-7'/>\n      <port isolated='yes'/>") == 1);
}

static void settings_and_properties_are_followed(void)
{
    make_machine();
    machine.domain.secure_boot = false;
    CHECK(count("enabled='no' name='secure-boot'") == 1 && count("<smm state='off'/>") == 1);
    strcpy(machine.domain.guest_os, "windows");
    CHECK(count("<clock offset='localtime'>") == 1);
    how.emulation = true;
    CHECK(count("<domain type='qemu'>") == 1 && count("host-passthrough") == 0);
    how.confined = false;
    CHECK(count("seclabel") == 0);
    how.console_log = true;
    CHECK(count("<source path='/var/log/libvirt/qemu/qubes-work-console.log'/>") == 1);
}

static void what_xml_cannot_carry_is_a_failure(void)
{
    xml out;
    make_machine();
    strcpy(machine.disks[0].path, "/q/\n.qcow2");
    document_machine(&machine, &how, &out);
    CHECK(out.failed);
    xml_free(&out);
}

static void identities_follow_from_the_id(void)
{
    char text[IDENTITY_NAME];
    uint32_t domain = 0;
    identity_machine(0x7fef, text);
    CHECK(identity_is_machine(text, strlen(text), &domain) && domain == 0x7fef);
    CHECK(!identity_is_machine(text, strlen(text) - 1, &domain));
    CHECK(!identity_is_machine("0000001A-7175-4265-8000-000000000001", 36, &domain));
    CHECK(!identity_is_machine("0000001a-7175-4265-8000-000000000002", 36, &domain));
    CHECK(!identity_is_machine("", 0, &domain));
    identity_bridge(0x7fef, text);
    CHECK(strlen(text) <= 15); /* IFNAMSIZ */
    CHECK(identity_cid(3) == 65539);
}

static void a_network_is_a_bridge_without_the_host(void)
{
    xml out;
    document_network(7, &out);
    CHECK_TEXT(out.text, "<network>\n  <name>qubes-net-7</name>\n"
                         "  <bridge name='qubes7' stp='off' delay='0'/>\n</network>\n");
    xml_free(&out);
}

int main(void)
{
    a_machine_has_only_what_a_domain_needs();
    no_network_and_no_other_device_comes_by_itself();
    a_domain_meets_its_netvm_and_nobody_else();
    a_netvm_has_an_uplink_and_a_network_of_its_own();
    settings_and_properties_are_followed();
    what_xml_cannot_carry_is_a_failure();
    identities_follow_from_the_id();
    a_network_is_a_bridge_without_the_host();
    return test_report("document");
}
