--- Ghost text by extmarks, for Neovim without inline completion of its own, and for those who want it sooner than that
--- module's 200 ms. It also shows a suggestion while it is still streaming.

local config = require('firesteel.config')
local partial = require('firesteel.partial')

local M = {}

--- The protocol's kinds of trigger.
M.INVOKED, M.AUTOMATIC = 1, 2

local namespace = vim.api.nvim_create_namespace('firesteel.ghost')
local augroup = vim.api.nvim_create_augroup('firesteel.ghost', {})

---@class firesteel.Ghost
---@field client vim.lsp.Client
---@field timer uv.uv_timer_t
---@field items { row: integer, col: integer, text: string, client_id: integer, command?: lsp.Command }[]
---@field index integer Which of the items is shown.
---@field request? integer The request under way.
---@field serial integer Counts requests, so that a late answer is known.

---@type table<integer, firesteel.Ghost>
local ghosts = {}
local serial = 0

--- What of an item is still to be typed; nothing when something else was typed.
---@param bufnr integer
---@return string?
local function rest_of(bufnr, item)
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  if row - 1 < item.row or (row - 1 == item.row and col < item.col) then
    return
  end
  local typed = vim.api.nvim_buf_get_text(bufnr, item.row, item.col, row - 1, col, {})
  local text = table.concat(typed, '\n')
  local rest = vim.startswith(item.text, text) and item.text:sub(#text + 1) or ''
  return rest ~= '' and rest or nil
end

local function hide(bufnr)
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
end

--- Draws what is left of the item at the cursor; returns whether anything is.
---@param bufnr integer
---@return boolean
local function show(bufnr)
  hide(bufnr)
  local ghost = ghosts[bufnr]
  local item = ghost and ghost.items[ghost.index]
  if not item or bufnr ~= vim.api.nvim_get_current_buf() or not vim.fn.mode():find('^[iR]') then
    return false
  end
  local rest = rest_of(bufnr, item)
  if not rest then
    return false
  end
  local lines = vim.split(rest, '\n', { plain = true })
  local virt_lines = vim.tbl_map(function(line)
    return { { line, 'FiresteelGhost' } }
  end, vim.list_slice(lines, 2))
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  vim.api.nvim_buf_set_extmark(bufnr, namespace, row - 1, col, {
    virt_text = { { lines[1], 'FiresteelGhost' } },
    virt_text_pos = 'inline',
    virt_lines = virt_lines,
    hl_mode = 'combine',
  })
  return true
end

--- Takes over an answer, whole or partial.
---@param bufnr integer
---@param result lsp.InlineCompletionItem[]
local function receive(bufnr, result)
  local ghost = ghosts[bufnr]
  ghost.items, ghost.index = {}, 1
  for _, item in ipairs(result) do
    if type(item.insertText) == 'string' and item.range then
      local line = item.range.start.line
      local text = vim.api.nvim_buf_get_lines(bufnr, line, line + 1, false)[1] or ''
      local col = vim.str_byteindex(text, ghost.client.offset_encoding, item.range.start.character, false)
      local command = item.command
      table.insert(ghost.items, { row = line, col = col, text = item.insertText, client_id = ghost.client.id, command = command })
    end
  end
  show(bufnr)
end

local function cancel(ghost)
  ghost.timer:stop()
  if ghost.request then
    ghost.client:cancel_request(ghost.request)
    ghost.request = nil
  end
end

--- Asks for suggestions at the cursor; what was asked before is cancelled.
---@param bufnr integer
---@param kind integer
function M.request(bufnr, kind)
  local ghost = ghosts[bufnr]
  if not ghost or bufnr ~= vim.api.nvim_get_current_buf() then
    return
  end
  cancel(ghost)
  serial = serial + 1
  ghost.serial = serial
  local params = vim.lsp.util.make_position_params(0, ghost.client.offset_encoding)
  params.context = { triggerKind = kind }
  params.partialResultToken = partial.token(bufnr, function(items)
    if ghosts[bufnr] == ghost then
      receive(bufnr, items)
    end
  end)
  local asked, tick = serial, vim.api.nvim_buf_get_changedtick(bufnr)
  local _, id = ghost.client:request('textDocument/inlineCompletion', params, function(err, result)
    ghost.request = ghost.serial ~= asked and ghost.request or nil
    local is_late = ghost.serial ~= asked or ghosts[bufnr] ~= ghost
    if is_late or err or not result or vim.api.nvim_buf_get_changedtick(bufnr) ~= tick then
      return
    end
    local items = partial.plain(result.items or result)
    -- After partial results the answer itself is empty.
    if #items > 0 then
      receive(bufnr, items)
    end
  end, bufnr)
  ghost.request = id
end

local function on_change(bufnr)
  local ghost = ghosts[bufnr]
  if show(bufnr) then
    -- Typed through: what is shown still holds, so nothing need be asked.
    return cancel(ghost)
  end
  ghost.timer:start(config.options.debounce_ms, 0, function()
    vim.schedule(function()
      if ghosts[bufnr] == ghost and vim.fn.mode():find('^i') then
        M.request(bufnr, M.AUTOMATIC)
      end
    end)
  end)
end

local function leave(bufnr)
  local ghost = ghosts[bufnr]
  cancel(ghost)
  ghost.items = {}
  hide(bufnr)
end

--- Begins to show suggestions in a buffer.
---@param client vim.lsp.Client
---@param bufnr integer
function M.attach(client, bufnr)
  M.detach(bufnr)
  vim.api.nvim_set_hl(0, 'FiresteelGhost', { link = 'NonText', default = true })
  ghosts[bufnr] = { client = client, timer = assert(vim.uv.new_timer()), items = {}, index = 1, serial = 0 }
  local function on(events, callback)
    vim.api.nvim_create_autocmd(events, {
      group = augroup,
      buffer = bufnr,
      callback = function()
        callback(bufnr)
      end,
    })
  end
  on({ 'InsertEnter', 'CursorMovedI', 'TextChangedI', 'TextChangedP' }, on_change)
  on({ 'InsertLeave', 'BufLeave' }, leave)
  on({ 'LspDetach', 'BufWipeout' }, M.detach)
end

--- Stops showing suggestions in a buffer.
---@param bufnr integer
function M.detach(bufnr)
  local ghost = ghosts[bufnr]
  if not ghost then
    return
  end
  cancel(ghost)
  ghost.timer:close()
  ghosts[bufnr] = nil
  vim.api.nvim_clear_autocmds({ group = augroup, buffer = bufnr })
  hide(bufnr)
end

---@param bufnr integer
---@return boolean
function M.is_attached(bufnr)
  return ghosts[bufnr] ~= nil
end

--- Shows another of the suggestions.
---@param count integer
function M.select(count)
  local bufnr = vim.api.nvim_get_current_buf()
  local ghost = ghosts[bufnr]
  if ghost and #ghost.items > 0 then
    ghost.index = (ghost.index - 1 + count) % #ghost.items + 1
    show(bufnr)
  end
end

--- Gives what is left of the item that is shown to `accept`, as soon as the buffer may be changed; returns whether
--- anything is shown.
---@param accept fun(bufnr: integer, rest: string, item: table)
---@return boolean
function M.take(accept)
  local bufnr = vim.api.nvim_get_current_buf()
  local ghost = ghosts[bufnr]
  local item = ghost and ghost.items[ghost.index]
  local rest = item and rest_of(bufnr, item)
  if not rest then
    return false
  end
  vim.schedule(function()
    hide(bufnr)
    accept(bufnr, rest, item)
  end)
  return true
end

return M
