/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents and identities, byte for byte, and the reader of Hyper-V's list. */
#include "document.h"
#include "identity.h"
#include "test.h"

static plan machine;

static void make_machine(void)
{
    memset(&machine, 0, sizeof machine);
    qubes_domain *domain = &machine.domain;
    strcpy(domain->name, "work");
    strcpy(domain->guest_os, "linux");
    domain->id = 0x1a;
    domain->memory_mb = 1025;
    domain->vcpus = 2;
    domain->secure_boot = true;
    machine.disk_count = 2;
    strcpy(machine.disks[0].path, "C:\\Qubes\\root.vhdx");
    strcpy(machine.disks[1].path, "C:\\Qubes\\a \"b\".vhdx");
}

static void nothing(void *context, const char *first, const char *second)
{
    (void)context, (void)first, (void)second;
}

static int is_json(const char *object)
{
    char array[16384];
    int length = snprintf(array, sizeof array, "[%s]", object);
    return length > 0 && (size_t)length < sizeof array &&
           json_read_pairs(array, (size_t)length, "Id", "State", nothing, NULL);
}

static void a_machine_has_only_what_a_domain_needs(void)
{
    json_writer out;
    make_machine();
    document_machine(&machine, 5, &out);
    CHECK(is_json(out.text));
    CHECK_TEXT(out.text,
               "{\"Owner\":\"qubes\",\"SchemaVersion\":{\"Major\":2,\"Minor\":5},"
               "\"ShouldTerminateOnLastHandleClosed\":false,\"VirtualMachine\":{\"StopOnReset\":true,"
               "\"Chipset\":{\"Uefi\":{\"EnableDebugger\":false,"
               "\"SecureBootTemplateId\":\"272e7447-90a4-4563-a4b9-8e4ab00526ce\","
               "\"ApplySecureBootTemplate\":\"Apply\","
               "\"BootThis\":{\"DeviceType\":\"ScsiDrive\",\"DevicePath\":\"Qubes disks\",\"DiskNumber\":0}},"
               "\"ChassisAssetTag\":\"qubes:26:work\",\"UseUtc\":true},"
               "\"ComputeTopology\":{\"Memory\":{\"SizeInMB\":1026,\"AllowOvercommit\":false,\"EnableHotHint\":false,"
               "\"EnableColdHint\":false,\"EnableDeferredCommit\":false},"
               "\"Processor\":{\"Count\":2,\"ExposeVirtualizationExtensions\":false}},"
               "\"Devices\":{\"Scsi\":{\"Qubes disks\":{\"Attachments\":{"
               "\"0\":{\"Type\":\"VirtualDisk\",\"Path\":\"C:\\\\Qubes\\\\root.vhdx\"},"
               "\"1\":{\"Type\":\"VirtualDisk\",\"Path\":\"C:\\\\Qubes\\\\a \\\"b\\\".vhdx\"}}}},"
               "\"HvSocket\":{\"HvSocketConfig\":{"
               "\"DefaultBindSecurityDescriptor\":\"D:P(A;;GA;;;SY)(A;;GA;;;BA)\","
               "\"DefaultConnectSecurityDescriptor\":\"D:P(A;;GA;;;SY)(A;;GA;;;BA)\","
               "\"ServiceTable\":{\"00001770-facb-11e6-bd58-64006a7986d3\":{"
               "\"BindSecurityDescriptor\":\"D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;IU)\","
               "\"ConnectSecurityDescriptor\":\"D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;IU)\","
               "\"AllowWildcardBinds\":false}}}}},"
               "\"Services\":{\"Shutdown\":{}}}}");
    json_free(&out);
}

static void no_network_and_no_other_device_comes_by_itself(void)
{
    static const char *const never[] = {"NetworkAdapters", "VideoMonitor", "Keyboard", "Mouse", "ComPorts", "Plan9",
                                        "VirtualSmb", "Battery", "GuestState", "GuestConnection", "KvpExchange",
                                        "Timesync", "Heartbeat", "RestoreState", "SharedMemory", "VirtualPci"};
    json_writer out;
    make_machine();
    document_machine(&machine, 5, &out);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        CHECK(strstr(out.text, never[i]) == NULL);
    json_free(&out);
}

static void a_netvm_gives_exactly_one_adapter(void)
{
    json_writer out;
    make_machine();
    machine.has_netvm = true;
    document_machine(&machine, 5, &out);
    CHECK(is_json(out.text));
    CHECK(strstr(out.text, "\"NetworkAdapters\":{\"0000001a-7175-4265-8000-000000000003\":{"
                           "\"EndpointId\":\"0000001a-7175-4265-8000-000000000003\","
                           "\"MacAddress\":\"00-16-3E-5E-00-1A\"}},") != NULL);
    json_free(&out);
    machine.has_netvm = false;
    machine.has_uplink = true;
    document_machine(&machine, 5, &out);
    CHECK(strstr(out.text, "\"NetworkAdapters\":{\"0000001a-7175-4265-8000-000000000005\":{") != NULL);
    json_free(&out);
}

static void older_windows_gets_what_it_understands(void)
{
    json_writer out;
    CHECK(document_schema_minor(17763) == 1 && document_schema_minor(19045) == 3 && document_schema_minor(22621) == 5);
    make_machine();
    document_machine(&machine, 1, &out);
    CHECK(strstr(out.text, "Services") == NULL && strstr(out.text, "ApplySecureBootTemplate") == NULL);
    CHECK(strstr(out.text, "\"SecureBootTemplateId\":\"272e7447") != NULL);
    json_free(&out);
    machine.domain.secure_boot = false;
    document_machine(&machine, 3, &out);
    CHECK(strstr(out.text, "\"ApplySecureBootTemplate\":\"Skip\"") != NULL);
    CHECK(strstr(out.text, "SecureBootTemplateId") == NULL);
    json_free(&out);
    machine.domain.secure_boot = true;
    strcpy(machine.domain.guest_os, "windows");
    document_machine(&machine, 3, &out);
    CHECK(strstr(out.text, "\"SecureBootTemplateId\":\"1734c6e8-3154-4dda-ba5f-a874cc483422\"") != NULL);
    CHECK(strstr(out.text, "\"UseUtc\":false") != NULL);
    json_free(&out);
}

static void networks_connect_two_ends_and_no_more(void)
{
    json_writer out;
    make_machine();
    document_link(&machine, &out);
    CHECK_TEXT(out.text, "{\"SchemaVersion\":{\"Major\":2,\"Minor\":0},\"Owner\":\"qubes\",\"Name\":\"qubes-work\","
                         "\"Type\":\"Private\"}");
    json_free(&out);
    document_endpoint(&machine, END_NETVM, &out);
    CHECK_TEXT(out.text, "{\"SchemaVersion\":{\"Major\":2,\"Minor\":0},\"Owner\":\"qubes\","
                         "\"Name\":\"qubes-work-netvm\","
                         "\"HostComputeNetwork\":\"0000001a-7175-4265-8000-000000000002\","
                         "\"MacAddress\":\"00-16-3E-5E-80-1A\"}");
    json_free(&out);
    document_endpoint(&machine, END_UPLINK, &out);
    CHECK(strstr(out.text, "\"HostComputeNetwork\":\"c08cb7b8-9b3c-408e-8e30-5e16a3aeb444\"") != NULL);
    json_free(&out);
    document_plug(&machine, true, &out);
    CHECK_TEXT(out.text,
               "{\"ResourcePath\":\"VirtualMachine/Devices/NetworkAdapters/0000001a-7175-4265-8000-000000000004\","
               "\"RequestType\":\"Add\",\"Settings\":{\"EndpointId\":\"0000001a-7175-4265-8000-000000000004\","
               "\"MacAddress\":\"00-16-3E-5E-80-1A\"}}");
    json_free(&out);
    document_query(&out);
    CHECK_TEXT(out.text, "{\"Owners\":[\"qubes\"],\"Types\":[\"VirtualMachine\"]}");
    json_free(&out);
}

static void identities_go_both_ways(void)
{
    char text[IDENTITY_TEXT];
    uint32_t id;
    identity_machine(0x7fef, text);
    CHECK_TEXT(text, "00007fef-7175-4265-8000-000000000001");
    CHECK(identity_is_machine(text, &id) && id == 0x7fef);
    CHECK(identity_is_machine("00007FEF-7175-4265-8000-000000000001", &id) && id == 0x7fef);
    identity_link(1, text);
    CHECK(!identity_is_machine(text, &id));
    CHECK(!identity_is_machine("", &id));
    CHECK(!identity_is_machine("0000zfef-7175-4265-8000-000000000001", &id));
    CHECK(!identity_is_machine("c08cb7b8-9b3c-408e-8e30-5e16a3aeb444", &id));
    identity_service(512, text);
    CHECK_TEXT(text, "00000200-facb-11e6-bd58-64006a7986d3");
}

static char seen[256];

static void remember(void *context, const char *first, const char *second)
{
    size_t used = strlen(seen);
    (void)context;
    snprintf(seen + used, sizeof seen - used, "%s=%s;", first, second);
}

static int read_list(const char *text)
{
    seen[0] = '\0';
    return json_read_pairs(text, strlen(text), "Id", "State", remember, NULL);
}

static void lists_are_read_whatever_else_is_in_them(void)
{
    CHECK(read_list("[]"));
    CHECK_TEXT(seen, "");
    CHECK(read_list(" [ { \"State\" : \"Running\" , \"Id\" : \"a\", \"X\":{\"Id\":\"no\",\"Y\":[1,{},-2.5e3]} },\n"
                    "{\"Id\":\"b\",\"State\":null,\"Stopped\":true},{} ] "));
    CHECK_TEXT(seen, "a=Running;b=;=;");
    CHECK(read_list("[{\"Id\":\"a\\u0041\",\"State\":{\"State\":\"Running\"}}]"));
    CHECK_TEXT(seen, "=;");
}

static void what_is_no_list_is_refused(void)
{
    static const char *const wrong[] = {"", "{}", "[", "[{]", "[{\"a\"}]", "[{\"a\":}]", "[{\"a\":1,}]", "[{},]", "[{}]x",
                                        "[{\"a\":[}]}]", "[{\"a\":\"b}]", "[\"a\"]", "[{\"a\":\"\n\"}]", "[{\"a\":\"\\"};
    char deep[300] = "[{\"a\":";
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK(!read_list(wrong[i]));
    memset(deep + 6, '[', 100);
    CHECK(!read_list(deep));
}

int main(void)
{
    a_machine_has_only_what_a_domain_needs();
    no_network_and_no_other_device_comes_by_itself();
    a_netvm_gives_exactly_one_adapter();
    older_windows_gets_what_it_understands();
    networks_connect_two_ends_and_no_more();
    identities_go_both_ways();
    lists_are_read_whatever_else_is_in_them();
    what_is_no_list_is_refused();
    return test_report("document");
}
