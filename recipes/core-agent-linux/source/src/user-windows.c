/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In whose name a service runs on Windows. */
#include "user-windows.h"

#include <stdio.h>
#include <string.h>

#include <sddl.h>

#include "wide-windows.h"

/* Loaded when needed: Wine lacks some of them, and most programs never change users. */
typedef BOOL(WINAPI *query_user_token)(ULONG session, PHANDLE token);
typedef BOOL(WINAPI *create_environment)(void **environment, HANDLE token, BOOL inherit);
typedef BOOL(WINAPI *destroy_environment)(void *environment);
typedef BOOL(WINAPI *user_profile_directory)(HANDLE token, wchar_t *directory, DWORD *size);

static FARPROC load(const wchar_t *library, const char *function)
{
    HMODULE module = LoadLibraryExW(library, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);

    return module != NULL ? GetProcAddress(module, function) : NULL;
}

static bool token_user(HANDLE token, TOKEN_USER *user, DWORD room)
{
    DWORD size = 0;

    return GetTokenInformation(token, TokenUser, user, room, &size);
}

static bool is_local_system(void)
{
    union {
        TOKEN_USER user;
        unsigned char room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } own;
    HANDLE token = NULL;
    bool system = false;

    if (OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) {
        system = token_user(token, &own.user, sizeof(own)) && IsWellKnownSid(own.user.User.Sid, WinLocalSystemSid);
        CloseHandle(token);
    }
    return system;
}

static bool token_belongs_to(HANDLE token, const char *name)
{
    union {
        TOKEN_USER user;
        unsigned char room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } who;
    wchar_t account[256], domain[256];
    char text[256];
    DWORD account_size = 256, domain_size = 256;
    SID_NAME_USE use;

    return token_user(token, &who.user, sizeof(who)) &&
           LookupAccountSidW(NULL, who.user.User.Sid, account, &account_size, domain, &domain_size, &use) &&
           wide_to(account, text, sizeof(text)) && _stricmp(text, name) == 0;
}

static HANDLE console_user_token(void)
{
    query_user_token query = (query_user_token)(void *)load(L"wtsapi32.dll", "WTSQueryUserToken");
    DWORD session = WTSGetActiveConsoleSessionId();
    HANDLE token = NULL;

    if (query == NULL || session == 0xFFFFFFFF || !query(session, &token))
        return NULL;
    return token;
}

bool user_choose(const char *name, struct user_context *user, char *why, size_t why_size)
{
    memset(user, 0, sizeof(*user));
    if (name == NULL || !is_local_system() || _stricmp(name, "SYSTEM") == 0)
        return true;
    user->token = console_user_token();
    if (user->token == NULL) {
        snprintf(why, why_size, "nobody is logged on at the console");
        return false;
    }
    if (strcmp(name, "user") != 0 && !token_belongs_to(user->token, name)) {
        snprintf(why, why_size, "%s is not the user who is logged on at the console", name);
        user_release(user);
        return false;
    }
    create_environment create = (create_environment)(void *)load(L"userenv.dll", "CreateEnvironmentBlock");
    user_profile_directory profile =
        (user_profile_directory)(void *)load(L"userenv.dll", "GetUserProfileDirectoryW");
    DWORD size = MAX_PATH;
    if (create == NULL || !create(&user->environment, user->token, FALSE)) {
        snprintf(why, why_size, "no environment for the user who is logged on");
        user_release(user);
        return false;
    }
    if (profile == NULL || !profile(user->token, user->home, &size))
        user->home[0] = L'\0';
    return true;
}

void user_release(struct user_context *user)
{
    destroy_environment destroy = (destroy_environment)(void *)load(L"userenv.dll", "DestroyEnvironmentBlock");

    if (user->environment != NULL && destroy != NULL)
        destroy(user->environment);
    if (user->token != NULL)
        CloseHandle(user->token);
    memset(user, 0, sizeof(*user));
}
