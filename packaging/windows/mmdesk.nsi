; The installer for Windows: for one person without administrator rights, or for everyone with them.
;   mmdesk-setup.exe                          asks; offers "only for me" where rights are lacking
;   mmdesk-setup.exe /S /CurrentUser          silent, for this person, no rights needed
;   mmdesk-setup.exe /S /AllUsers             silent, for everyone; needs an administrator
;   ... /D=C:\Some folder                     somewhere else; must be the last word, without quotes
;   uninstall.exe /S                          silent removal; projects, settings and logs stay
; Compiled by packaging/windows/build.sh or build.ps1 with -DVERSION -DPROGRAM -DSETUP -DSIZE_KB.

Unicode true
ManifestDPIAware true
ManifestLongPathAware true
SetCompressor zlib ; not /SOLID, which would need twice the room on the disk while installing

!define NAME "mmdesk"
!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${NAME}"
!define MULTIUSER_EXECUTIONLEVEL Highest
!define MULTIUSER_MUI
!define MULTIUSER_INSTALLMODE_COMMANDLINE
!define MULTIUSER_INSTALLMODE_DEFAULT_CURRENTUSER
!define MULTIUSER_INSTALLMODE_INSTDIR "${NAME}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_KEY "Software\${NAME}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_VALUENAME "InstallDir"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_KEY "Software\${NAME}"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_VALUENAME "InstallMode"
!define MULTIUSER_USE_PROGRAMFILES64
!include MultiUser.nsh
!include MUI2.nsh
!include LogicLib.nsh
!include x64.nsh
!include WinVer.nsh

Name "${NAME}"
OutFile "${SETUP}"
BrandingText "${NAME} ${VERSION}. For research use; not a medical device."
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${NAME} installer"
VIAddVersionKey "LegalCopyright" "Apache License 2.0"

!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\mmdesk.exe"
!insertmacro MUI_PAGE_LICENSE "..\..\LICENSE"
!insertmacro MULTIUSER_PAGE_INSTALLMODE
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Function .onInit
    ${IfNot} ${RunningX64}
    ${OrIfNot} ${AtLeastWin10}
        MessageBox MB_OK|MB_ICONSTOP "${NAME} needs Windows 10 or later, 64 bit. Nothing was changed." /SD IDOK
        SetErrorLevel 2
        Quit
    ${EndIf}
    SetRegView 64
    !insertmacro MULTIUSER_INIT
FunctionEnd

Function un.onInit
    SetRegView 64
    !insertmacro MULTIUSER_UNINIT
FunctionEnd

; A program that runs keeps its files open: say so rather than leave half of two versions.
!macro RefuseWhileRunning
    ${If} ${FileExists} "$INSTDIR\mmdesk.exe"
        ClearErrors
        FileOpen $0 "$INSTDIR\mmdesk.exe" a
        ${If} ${Errors}
            MessageBox MB_OK|MB_ICONSTOP "${NAME} is open. Close it, then try again. Nothing was changed." /SD IDOK
            SetErrorLevel 3
            Quit
        ${EndIf}
        FileClose $0
    ${EndIf}
!macroend

; Only what we put there: a person's own file in the folder stays.
!macro RemoveProgram
    RMDir /r "$INSTDIR\_internal"
    Delete "$INSTDIR\mmdesk.exe"
    Delete "$INSTDIR\mmdesk-cli.exe"
!macroend

Section "-Program"
    !insertmacro RefuseWhileRunning
    !insertmacro RemoveProgram
    SetOutPath "$INSTDIR"
    File /r "${PROGRAM}/*"
    WriteUninstaller "$INSTDIR\uninstall.exe"

    WriteRegStr SHCTX "Software\${NAME}" "InstallDir" "$INSTDIR"
    WriteRegStr SHCTX "Software\${NAME}" "InstallMode" "$MultiUser.InstallMode"
    WriteRegStr SHCTX "${KEY}" "DisplayName" "${NAME}"
    WriteRegStr SHCTX "${KEY}" "DisplayVersion" "${VERSION}"
    WriteRegStr SHCTX "${KEY}" "DisplayIcon" "$INSTDIR\mmdesk.exe"
    WriteRegStr SHCTX "${KEY}" "Publisher" "The mmdesk maintainers"
    WriteRegStr SHCTX "${KEY}" "InstallLocation" "$INSTDIR"
    WriteRegStr SHCTX "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode'
    WriteRegStr SHCTX "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode /S'
    WriteRegDWORD SHCTX "${KEY}" "EstimatedSize" ${SIZE_KB}
    WriteRegDWORD SHCTX "${KEY}" "NoModify" 1
    WriteRegDWORD SHCTX "${KEY}" "NoRepair" 1

    CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\mmdesk.exe"

    ; A project is a folder. Folders have no file type, so folders named *.mmdesk get an entry in their menu.
    WriteRegStr SHCTX "Software\Classes\Directory\shell\${NAME}" "" "Open with ${NAME}"
    WriteRegStr SHCTX "Software\Classes\Directory\shell\${NAME}" "AppliesTo" 'System.FileName:~"*.mmdesk"'
    WriteRegStr SHCTX "Software\Classes\Directory\shell\${NAME}" "Icon" "$INSTDIR\mmdesk.exe"
    WriteRegStr SHCTX "Software\Classes\Directory\shell\${NAME}\command" "" '"$INSTDIR\mmdesk.exe" "%1"'
    WriteRegStr SHCTX "Software\Classes\.mmdesk" "" "${NAME}.project"
    WriteRegStr SHCTX "Software\Classes\${NAME}.project" "" "mmdesk project"
    WriteRegStr SHCTX "Software\Classes\${NAME}.project\DefaultIcon" "" "$INSTDIR\mmdesk.exe"
    WriteRegStr SHCTX "Software\Classes\${NAME}.project\shell\open\command" "" '"$INSTDIR\mmdesk.exe" "%1"'
    System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
SectionEnd

Section "Uninstall"
    !insertmacro RefuseWhileRunning
    !insertmacro RemoveProgram
    Delete "$INSTDIR\uninstall.exe"
    RMDir "$INSTDIR"
    Delete "$SMPROGRAMS\${NAME}.lnk"
    DeleteRegKey SHCTX "Software\Classes\Directory\shell\${NAME}"
    DeleteRegKey SHCTX "Software\Classes\${NAME}.project"
    DeleteRegKey SHCTX "Software\Classes\.mmdesk"
    DeleteRegKey SHCTX "${KEY}"
    DeleteRegKey SHCTX "Software\${NAME}"
    System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
SectionEnd
