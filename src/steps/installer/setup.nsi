; The program of every hosted setup.exe. What differs between products is generated: product.nsh (values,
; texts, sections, registration) and files.nsh (files and payloads). See docs/installer.md.
;
; makensis definitions: PRODUCT_NSH, FILES_NSH, HELPER, SERVICES, LICENCE, OUT, FINALIZE (a command that gets the
; path of the uninstaller before it goes into the installer), optionally ICON.

Unicode true
SetCompressor /SOLID lzma
SetDateSave off
CRCCheck force
XPStyle on
ManifestSupportedOS Win10
ManifestDPIAware true
ManifestLongPathAware true
AllowSkipFiles off
ShowInstDetails show
ShowUninstDetails show

; Text with a dollar sign is written through this; see nsisText in escape.ts.
!define DOLLAR "$$"

; Exit codes: Windows' own error numbers, also documented in docs/installer.md.
!define DONE 0
!define BAD_OPTION 87
!define NEEDS_ADMINISTRATOR 740
!define OLD_WINDOWS 1150
!define CANCELLED 1602
!define FAILED 1603
!define BUSY 1618
!define OTHER_VERSION 1638
!define RESTART 3010

!include LogicLib.nsh
!include FileFunc.nsh
!include WordFunc.nsh
!include nsDialogs.nsh
!include Sections.nsh
!include MUI2.nsh

!include "${PRODUCT_NSH}"
!include "${FILES_NSH}"

Name "$(TEXT_NAME)" "$(TEXT_NAME_AMPERSANDS)"
BrandingText " "
OutFile "${OUT}"
InstallDir ""
RequestExecutionLevel ${EXECUTION_LEVEL}
!uninstfinalize '${FINALIZE} "%1"' = 0

Var Scope         ; machine or user
Var DataDir
Var Before        ; version that is being replaced, empty for none
Var BeforeDir     ; its directory
Var Result        ; exit code of success
Var LogFile
Var Elevated
Var Features      ; those that are installed, each between commas
Var Failed        ; 1: a registration failed
Var Registering   ; 1: a failure must take a registration back; 2: defaults too

!define MUI_ABORTWARNING
!ifdef ICON
  !define MUI_ICON "${ICON}"
  !define MUI_UNICON "${ICON}"
!endif
!define MUI_CUSTOMFUNCTION_ABORT Cancelled
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${LICENCE}"
Page custom ScopePage ScopePageLeave
!insertmacro MUI_PAGE_COMPONENTS
!define MUI_PAGE_CUSTOMFUNCTION_PRE SkipWhenReplacing
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
UninstPage custom un.PurgePage un.PurgePageLeave
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

!insertmacro ProductTexts
!insertmacro ProductResources

; Sections run in this order. They come before the functions, which name them.
Section "-Begin"
  Call Begin
SectionEnd
!insertmacro ProductSections
Section "-Replace"
  Call Replace
SectionEnd
Section "-Finish"
  Call Finish
SectionEnd

; ---- Words used by both programs. UN is "" or "un.".
!macro Common UN

; Appends the text on the stack to the log.
Function ${UN}Log
  Exch $0
  Push $1
  FileOpen $1 "$LogFile" a
  ${IfNot} ${Errors}
    FileSeek $1 0 END
    FileWriteUTF16LE $1 "$0$\r$\n"
    FileClose $1
  ${EndIf}
  ClearErrors
  DetailPrint "$0"
  Pop $1
  Pop $0
FunctionEnd

; Opens the log: /LOG=FILE, else a file in TEMP that each run begins anew.
Function ${UN}OpenLog
  Push $0
  ClearErrors
  ${GetOptions} "$CMDLINE" "/LOG=" $LogFile
  ${If} ${Errors}
    StrCpy $LogFile "$TEMP\${PRODUCT_ID}-setup.log"
    Delete "$LogFile"
  ${EndIf}
  ClearErrors
  FileOpen $0 "$LogFile" a
  FileSeek $0 0 END $1
  ${If} $1 == 0
    FileWriteUTF16LE /BOM $0 ""
  ${EndIf}
  FileClose $0
  ClearErrors
  Pop $0
FunctionEnd

; Runs the command line on the stack. Pushes the exit code, or "error", after what the program said was logged.
Function ${UN}Run
  Exch $0
  Push $1
  nsExec::ExecToStack "$0"
  Pop $0
  Pop $1
  ${If} $1 != ""
    Push "$1"
    Call ${UN}Log
  ${EndIf}
  Pop $1
  Exch $0
FunctionEnd

; Runs the helper with the arguments on the stack; likewise.
Function ${UN}TryHelper
  Exch $0
  StrCpy $0 '"$PLUGINSDIR\helper.exe" $0'
  Exch $0
  Call ${UN}Run
FunctionEnd

; Two programs at once would take each other's files away.
Function ${UN}OnlyOne
  Push $0
  System::Call 'kernel32::CreateMutexW(p 0, i 0, t "Global\${PRODUCT_ID}-setup") p .r0 ?e'
  Pop $0
  ${If} $0 = 183
    SetErrorLevel ${BUSY}
    Push "$(TEXT_BUSY)"
    Call ${UN}Log
    MessageBox MB_OK|MB_ICONSTOP "$(TEXT_BUSY)" /SD IDOK
    Quit
  ${EndIf}
  Pop $0
FunctionEnd

Function ${UN}UseScope
  SetRegView 64
  ${If} $Scope == "machine"
    SetShellVarContext all
  ${Else}
    SetShellVarContext current
  ${EndIf}
FunctionEnd

; Registry, shortcuts, PATH and services of this version. Pushes 0 or something else when that failed.
Function ${UN}Register
  StrCpy $Failed 0
  ClearErrors
  !insertmacro ProductRegister
  ${If} $Failed = 1
    Push "$(TEXT_REGISTRY_FAILED)"
    Call ${UN}Log
    Push 1
    Return
  ${EndIf}
  !insertmacro ProductPath "${UN}" path-add
  ${If} $Scope == "machine"
    Push 'services-create --list "$PLUGINSDIR\services" --install "$INSTDIR"'
    Call ${UN}TryHelper
  ${Else}
    Push 0
  ${EndIf}
FunctionEnd

; What programs of the product tell Windows themselves. Pushes 0 or something else.
Function ${UN}RunCommands
  StrCpy $Failed 0
  !insertmacro ProductCommandsRegister "${UN}"
  Push $Failed
FunctionEnd

; Pushes 0 or something else.
Function ${UN}StartServices
  ${If} $Scope == "machine"
    Push 'services-start --list "$PLUGINSDIR\services"'
    Call ${UN}TryHelper
  ${Else}
    Push 0
  ${EndIf}
FunctionEnd

; Takes all that back. Pushes the exit code of what may fail: services that do not stop.
Function ${UN}Unregister
  ${If} $Scope == "machine"
    Push 'services-remove --list "$PLUGINSDIR\services"'
    Call ${UN}TryHelper
  ${Else}
    Push 0
  ${EndIf}
  !insertmacro ProductCommandsUnregister "${UN}"
  !insertmacro ProductUnregister
  !insertmacro ProductPath "${UN}" path-remove
  ClearErrors
FunctionEnd
!macroend

!insertmacro Common ""
!insertmacro Common "un."

; ---- The installer.

; Ends before anything has changed. Stack: exit code, text.
Function Refuse
  Pop $0
  Pop $1
  SetErrorLevel $0
  Push "$1"
  Call Log
  MessageBox MB_OK|MB_ICONSTOP "$1" /SD IDOK
  Quit
FunctionEnd
!macro Refuse code text
  Push "${text}"
  Push ${code}
  Call Refuse
!macroend

; Takes back what has been done and ends. Stack: text.
Function Fail
  Pop $9
  SetErrorLevel ${FAILED}
  Push "$9"
  Call Log
  ${If} $Registering >= 1
    Call Unregister
    Pop $0
  ${EndIf}
  ${If} $Registering = 2
    Push 'unseed --data "$DataDir"'
    Call TryHelper
    Pop $0
  ${EndIf}
  SetOutPath "$TEMP"
  Push 'rollback --install "$INSTDIR"'
  Call TryHelper
  Pop $0
  ${If} $Registering >= 1
  ${AndIf} ${FileExists} "$INSTDIR\uninstall.exe"
    ExecWait '"$INSTDIR\uninstall.exe" /S /REGISTER /LOG="$LogFile" _?=$INSTDIR'
  ${EndIf}
  Push "$(TEXT_TAKEN_BACK)"
  Call Log
  MessageBox MB_OK|MB_ICONSTOP "$9$\n$\n$(TEXT_TAKEN_BACK)" /SD IDOK
  Abort
FunctionEnd

; Runs the helper with the command line on the stack; a failure ends the installation.
Function Helper
  Call TryHelper
  Pop $0
  ${If} $0 != 0
    Push "$(TEXT_STEP_FAILED)"
    Call Fail
  ${EndIf}
FunctionEnd

Function .onInstFailed
  SetOutPath "$TEMP"
  Push 'rollback --install "$INSTDIR"'
  Call TryHelper
  Pop $0
FunctionEnd

Function Cancelled
  SetErrorLevel ${CANCELLED}
FunctionEnd

Function .onInit
  InitPluginsDir
  File "/oname=$PLUGINSDIR\helper.exe" "${HELPER}"
  File "/oname=$PLUGINSDIR\services" "${SERVICES}"
  SetRegView 64
  StrCpy $Result ${DONE}
  StrCpy $Registering 0
  Call OpenLog
  Push "$(TEXT_NAME) ${VERSION}: $CMDLINE"
  Call Log
  Call OnlyOne
  ReadRegStr $0 HKLM "SOFTWARE\Microsoft\Windows NT\CurrentVersion" "CurrentBuildNumber"
  ${If} $0 < ${WINDOWS_BUILD}
    !insertmacro Refuse ${OLD_WINDOWS} "$(TEXT_OLD_WINDOWS)"
  ${EndIf}
  UserInfo::GetAccountType
  Pop $Elevated
  Call ChooseScope
  Call CheckInstalled
  Call ChooseDirectories
  Call ChooseFeatures
  !insertmacro ProductRecommendations
FunctionEnd

; /AllUsers and /CurrentUser, else the scope of what is installed, else the product's default.
Function ChooseScope
  StrCpy $Scope ""
  ClearErrors
  ${GetOptions} "$CMDLINE" "/AllUsers" $0
  ${IfNot} ${Errors}
    StrCpy $Scope machine
  ${EndIf}
  ClearErrors
  ${GetOptions} "$CMDLINE" "/CurrentUser" $0
  ${IfNot} ${Errors}
    ${If} $Scope == machine
      !insertmacro Refuse ${BAD_OPTION} "$(TEXT_TWO_SCOPES)"
    ${EndIf}
    StrCpy $Scope user
  ${EndIf}
  ClearErrors
  ReadRegStr $1 HKLM "$(TEXT_KEY)" "Version"
  ReadRegStr $2 HKCU "$(TEXT_KEY)" "Version"
  ClearErrors
  ${If} $1 != ""
    ${If} $Scope == user
      !insertmacro Refuse ${OTHER_VERSION} "$(TEXT_OTHER_SCOPE)"
    ${EndIf}
    StrCpy $Scope machine
  ${ElseIf} $2 != ""
    ${If} $Scope == machine
      !insertmacro Refuse ${OTHER_VERSION} "$(TEXT_OTHER_SCOPE)"
    ${EndIf}
    StrCpy $Scope user
  ${ElseIf} $Scope == ""
    StrCpy $Scope ${DEFAULT_SCOPE}
    !ifdef BOTH_SCOPES
      ${If} $Elevated != "Admin"
        StrCpy $Scope user
      ${EndIf}
    !endif
  ${EndIf}
  !ifndef BOTH_SCOPES
    ${If} $Scope != ${DEFAULT_SCOPE}
      !insertmacro Refuse ${BAD_OPTION} "$(TEXT_ONE_SCOPE)"
    ${EndIf}
  !endif
  Call CheckElevation
  Call UseScope
FunctionEnd

Function CheckElevation
  ${If} $Scope == machine
  ${AndIf} $Elevated != "Admin"
    !insertmacro Refuse ${NEEDS_ADMINISTRATOR} "$(TEXT_NEEDS_ADMINISTRATOR)"
  ${EndIf}
FunctionEnd

; A newer version, or one that Windows Installer looks after, is left alone.
Function CheckInstalled
  ReadRegStr $Before SHCTX "$(TEXT_KEY)" "Version"
  ReadRegStr $BeforeDir SHCTX "$(TEXT_KEY)" "InstallDir"
  ReadRegStr $0 SHCTX "$(TEXT_KEY)" "InstalledBy"
  ClearErrors
  ${If} $0 == msi
    !insertmacro Refuse ${OTHER_VERSION} "$(TEXT_BY_MSI)"
  ${EndIf}
  ${If} $Before != ""
    ${VersionCompare} "$Before" "${VERSION}" $0
    ${If} $0 = 1
      !insertmacro Refuse ${OTHER_VERSION} "$(TEXT_NEWER)"
    ${EndIf}
  ${EndIf}
FunctionEnd

; /D= and /DATA= count for a first installation only: what is there is never moved.
Function ChooseDirectories
  ${If} $Before != ""
    ${If} $INSTDIR != ""
    ${AndIf} $INSTDIR != $BeforeDir
      !insertmacro Refuse ${BAD_OPTION} "$(TEXT_MOVED)"
    ${EndIf}
    StrCpy $INSTDIR $BeforeDir
  ${ElseIf} $INSTDIR == ""
    Call DefaultDirectory
  ${EndIf}
  Call ChooseData
FunctionEnd

Function DefaultDirectory
  ${If} $Scope == machine
    StrCpy $INSTDIR "$PROGRAMFILES64\${DIRECTORY}"
  ${Else}
    StrCpy $INSTDIR "$LOCALAPPDATA\Programs\${DIRECTORY}"
  ${EndIf}
FunctionEnd

Function ChooseData
  ReadRegStr $DataDir SHCTX "$(TEXT_DATA_KEY)" "DataDir"
  ClearErrors
  ${If} $DataDir == ""
    ${GetOptions} "$CMDLINE" "/DATA=" $DataDir
    ${If} ${Errors}
      ClearErrors
      ${If} $Scope == machine
        StrCpy $DataDir "$APPDATA\${DATA_DIRECTORY}"
      ${Else}
        StrCpy $DataDir "$LOCALAPPDATA\${DATA_DIRECTORY}"
      ${EndIf}
    ${EndIf}
  ${EndIf}
FunctionEnd

; /FEATURES=a,b, else what is installed, else the product's default. Required ones are always there.
Function ChooseFeatures
  StrCpy $0 ""
  ClearErrors
  ${GetOptions} "$CMDLINE" "/FEATURES=" $0
  ${If} ${Errors}
    ReadRegStr $0 SHCTX "$(TEXT_KEY)" "Features"
  ${EndIf}
  ClearErrors
  ${If} $0 != ""
    StrCpy $0 ",$0,"
    !insertmacro ProductSelect
  ${EndIf}
FunctionEnd

Function ScopePage
  !ifdef BOTH_SCOPES
    ${If} $Before != ""
    ${OrIf} $Elevated != "Admin"
      Abort
    ${EndIf}
    !insertmacro MUI_HEADER_TEXT "$(TEXT_SCOPE_TITLE)" "$(TEXT_SCOPE_SUBTITLE)"
    nsDialogs::Create 1018
    Pop $0
    ${NSD_CreateRadioButton} 0 10u 100% 12u "$(TEXT_SCOPE_MACHINE)"
    Pop $1
    ${NSD_CreateRadioButton} 0 30u 100% 12u "$(TEXT_SCOPE_USER)"
    Pop $2
    ${If} $Scope == machine
      ${NSD_Check} $1
    ${Else}
      ${NSD_Check} $2
    ${EndIf}
    nsDialogs::Show
  !else
    Abort
  !endif
FunctionEnd

Function ScopePageLeave
  ${NSD_GetState} $1 $0
  StrCpy $3 $Scope
  ${If} $0 = ${BST_CHECKED}
    StrCpy $Scope machine
  ${Else}
    StrCpy $Scope user
  ${EndIf}
  ${If} $Scope != $3
    Call UseScope
    Call DefaultDirectory
    Call ChooseData
  ${EndIf}
FunctionEnd

Function SkipWhenReplacing
  ${If} $Before != ""
    Abort
  ${EndIf}
FunctionEnd

; Everything that can be refused is refused here, before the first change.
Function Begin
  SetErrorLevel ${FAILED}
  !insertmacro ProductCheckPayloads
  ${If} $Scope == machine
  ${AndIf} ${FileExists} "$INSTDIR\.setup"
    ; An interrupted installation is taken back; Windows may have started its services since.
    Push 'services-stop --list "$PLUGINSDIR\services"'
    Call Helper
  ${EndIf}
  ${If} $Scope == machine
    Push 'begin --machine --install "$INSTDIR"'
  ${Else}
    Push 'begin --install "$INSTDIR"'
  ${EndIf}
  Call Helper
FunctionEnd

Function Replace
  SetOutPath "$INSTDIR\.setup\new"
  WriteUninstaller "$INSTDIR\.setup\new\uninstall.exe"
  SetOutPath "$TEMP"
  StrCpy $0 ""
  !insertmacro ProductFeatures
  StrCpy $Features ",$0,"
  ; From here on the version before is being taken apart.
  StrCpy $Registering 1
  ${If} ${FileExists} "$INSTDIR\uninstall.exe"
    ExecWait '"$INSTDIR\uninstall.exe" /S /UNREGISTER /LOG="$LogFile" _?=$INSTDIR' $0
    ${If} $0 != 0
      Push "$(TEXT_STOP_FAILED)"
      Call Fail
    ${EndIf}
  ${EndIf}
  ; Services that an interrupted installation left behind.
  ${If} $Scope == machine
    Push 'services-remove --list "$PLUGINSDIR\services"'
    Call Helper
  ${EndIf}
  Push 'swap --install "$INSTDIR"'
  Call Helper
  Call Register
  Pop $0
  ${If} $0 != 0
    Push "$(TEXT_STEP_FAILED)"
    Call Fail
  ${EndIf}
  StrCpy $Registering 2
  ${If} $Scope == machine
    Push 'seed --data "$DataDir" --defaults "$INSTDIR\defaults" --id ${PRODUCT_ID}${CLOSED}'
  ${Else}
    Push 'seed --data "$DataDir" --defaults "$INSTDIR\defaults" --id ${PRODUCT_ID}'
  ${EndIf}
  Call Helper
  !insertmacro ProductMigrations
  Call RunCommands
  Pop $0
  ${If} $0 = 0
    Call StartServices
    Pop $0
  ${EndIf}
  ${If} $0 != 0
    Push "$(TEXT_STEP_FAILED)"
    Call Fail
  ${EndIf}
FunctionEnd

; The last step cannot fail in a way that would be worth taking everything back.
Function Finish
  WriteRegStr SHCTX "$(TEXT_KEY)" "Version" "${VERSION}"
  WriteRegStr SHCTX "$(TEXT_KEY)" "InstallDir" "$INSTDIR"
  WriteRegStr SHCTX "$(TEXT_KEY)" "DataDir" "$DataDir"
  WriteRegStr SHCTX "$(TEXT_KEY)" "Scope" "$Scope"
  WriteRegStr SHCTX "$(TEXT_KEY)" "InstalledBy" "exe"
  StrCpy $0 "$Features" -1 1
  WriteRegStr SHCTX "$(TEXT_KEY)" "Features" "$0"
  !insertmacro ProductListed
  Push 'settle --data "$DataDir"'
  Call TryHelper
  Pop $0
  Push 'finish --install "$INSTDIR"'
  Call TryHelper
  Pop $0
  ${If} $0 != 0
    StrCpy $Result ${RESTART}
    SetRebootFlag true
  ${EndIf}
  SetErrorLevel $Result
  Push "$(TEXT_DONE)"
  Call Log
FunctionEnd

; ---- The uninstaller: /S, /PURGE, /LOG=FILE; /UNREGISTER and /REGISTER are for installers of other versions.

Var Purge
Var Mode

Function un.onInit
  InitPluginsDir
  File "/oname=$PLUGINSDIR\helper.exe" "${HELPER}"
  File "/oname=$PLUGINSDIR\services" "${SERVICES}"
  SetRegView 64
  StrCpy $Result ${DONE}
  StrCpy $Mode remove
  StrCpy $Purge 0
  Call un.OpenLog
  Push "$(TEXT_NAME) ${VERSION}, uninstaller: $CMDLINE"
  Call un.Log
  ClearErrors
  ${GetOptions} "$CMDLINE" "/PURGE" $0
  ${IfNot} ${Errors}
    StrCpy $Purge 1
  ${EndIf}
  ClearErrors
  ${GetOptions} "$CMDLINE" "/UNREGISTER" $0
  ${IfNot} ${Errors}
    StrCpy $Mode unregister
  ${EndIf}
  ClearErrors
  ${GetOptions} "$CMDLINE" "/REGISTER" $0
  ${IfNot} ${Errors}
    StrCpy $Mode register
  ${EndIf}
  ClearErrors
  ${If} $Mode == remove
    Call un.OnlyOne
  ${EndIf}
  StrCpy $Scope user
  ReadRegStr $0 HKLM "$(TEXT_KEY)" "InstallDir"
  ${If} $0 == $INSTDIR
    StrCpy $Scope machine
  ${EndIf}
  ClearErrors
  UserInfo::GetAccountType
  Pop $Elevated
  ${If} $Scope == machine
  ${AndIf} $Elevated != "Admin"
    SetErrorLevel ${NEEDS_ADMINISTRATOR}
    Push "$(TEXT_NEEDS_ADMINISTRATOR)"
    Call un.Log
    MessageBox MB_OK|MB_ICONSTOP "$(TEXT_NEEDS_ADMINISTRATOR)" /SD IDOK
    Quit
  ${EndIf}
  Call un.UseScope
  ReadRegStr $DataDir SHCTX "$(TEXT_KEY)" "DataDir"
  ReadRegStr $Features SHCTX "$(TEXT_KEY)" "Features"
  StrCpy $Features ",$Features,"
  ClearErrors
FunctionEnd

Function un.PurgePage
  !insertmacro MUI_HEADER_TEXT "$(TEXT_PURGE_TITLE)" "$(TEXT_PURGE_SUBTITLE)"
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateLabel} 0 0 100% 30u "$DataDir"
  Pop $0
  ${NSD_CreateCheckBox} 0 40u 100% 12u "$(TEXT_PURGE)"
  Pop $1
  nsDialogs::Show
FunctionEnd

Function un.PurgePageLeave
  ${NSD_GetState} $1 $0
  ${If} $0 = ${BST_CHECKED}
    StrCpy $Purge 1
  ${EndIf}
FunctionEnd

; Stack: text.
Function un.Fail
  Pop $9
  SetErrorLevel ${FAILED}
  Push "$9"
  Call un.Log
  MessageBox MB_OK|MB_ICONSTOP "$9" /SD IDOK
  Abort
FunctionEnd

Section "Uninstall"
  SetErrorLevel ${FAILED}
  SetOutPath "$TEMP"
  ${If} $Mode == register
    ; As much as possible: what cannot be done must not keep services from running.
    Call un.Register
    Pop $2
    Call un.RunCommands
    Pop $3
    Call un.StartServices
    Pop $0
    ${If} "$2$3$0" != "000"
      Push "$(TEXT_STEP_FAILED)"
      Call un.Fail
    ${EndIf}
  ${Else}
    Call un.Unregister
    Pop $0
    ${If} $0 != 0
      Push "$(TEXT_STOP_FAILED)"
      Call un.Fail
    ${EndIf}
    ${If} $Mode == remove
      Call un.Remove
    ${EndIf}
  ${EndIf}
  SetErrorLevel $Result
SectionEnd

Function un.Remove
  !insertmacro ProductCommandsRemove "un."
  ; Started with _?=, this program runs from where it is to be removed, and cannot remove itself.
  ${If} $EXEPATH == "$INSTDIR\uninstall.exe"
    Push 'uninstall --install "$INSTDIR" --except uninstall.exe'
  ${Else}
    Push 'uninstall --install "$INSTDIR"'
  ${EndIf}
  Call un.TryHelper
  Pop $0
  ${If} $0 = ${RESTART}
    StrCpy $Result ${RESTART}
  ${ElseIf} $0 != 0
    Push "$(TEXT_STEP_FAILED)"
    Call un.Fail
  ${EndIf}
  !insertmacro ProductUnlisted
  DeleteRegKey SHCTX "$(TEXT_KEY)"
  DeleteRegKey /ifempty SHCTX "$(TEXT_PUBLISHER_KEY)"
  Push 'release --data "$DataDir" --id ${PRODUCT_ID}'
  Call un.TryHelper
  Pop $0
  ${If} $Purge = 1
    ${If} $Scope == machine
      Push 'purge --data "$DataDir" --id ${PRODUCT_ID} --key "$(TEXT_DATA_KEY)" --machine'
    ${Else}
      Push 'purge --data "$DataDir" --id ${PRODUCT_ID} --key "$(TEXT_DATA_KEY)"'
    ${EndIf}
    Call un.TryHelper
    Pop $0
    ${If} $0 != 0
      Push "$(TEXT_STEP_FAILED)"
      Call un.Fail
    ${EndIf}
  ${EndIf}
FunctionEnd
